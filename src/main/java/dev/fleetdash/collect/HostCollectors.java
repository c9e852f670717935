package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.software.os.OperatingSystem;
import oshi.spi.SystemInfoProvider;
import oshi.util.GlobalConfig;

/**
 * The collectors of the machine that the process runs on. The cheap ones come first, so that they have
 * answered when a slow one does not.
 *
 * <p>On Linux OSHI's native-free provider is used; what it does not tell, or tells at many times the
 * price, is read from the kernel's files directly. Elsewhere everything comes from OSHI.
 */
public final class HostCollectors {
  /** OSHI keeps an answer for 300 ms by default, and then two reads of a counter can be one. */
  private static final int OSHI_MEMORY_MILLIS = 5;

  private static final int LONGEST_GAP_INTERVALS = 10;

  private HostCollectors() {}

  /**
   * Makes them; nothing is read yet.
   *
   * @param nanos the sampler's monotonic clock
   * @param interval the sampler's
   */
  public static List<Collector> of(LongSupplier nanos, Duration interval) {
    GlobalConfig.set(GlobalConfig.OSHI_UTIL_MEMOIZER_EXPIRATION, OSHI_MEMORY_MILLIS);
    Duration gap = interval.multipliedBy(LONGEST_GAP_INTERVALS);
    boolean linux =
        System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");
    return linux
        ? linux(new oshi.nativefree.SystemInfo(), Path.of("/proc"), Path.of("/sys"), nanos, gap)
        : elsewhere(new oshi.SystemInfo(), nanos, gap);
  }

  private static List<Collector> linux(
      SystemInfoProvider system, Path proc, Path sys, LongSupplier nanos, Duration gap) {
    Oshi oshi = new Oshi(system);
    KernelFile load = new KernelFile(proc.resolve("loadavg"));
    KernelFile uptime = new KernelFile(proc.resolve("uptime"));
    List<Collector> collectors = new ArrayList<>();
    collectors.add(new UptimeCollector(() -> uptime.read().decimal()));
    collectors.add(new CpuCollector(new ProcCpu(proc)));
    collectors.add(new LoadCollector(() -> LoadSource.Load.parse(load.read())));
    collectors.add(new MemoryCollector(new ProcMemory(proc)));
    if (PressureCollector.kept(proc)) {
      collectors.add(new PressureCollector(proc, nanos, gap));
    }
    collectors.add(new NetworkCollector(new ProcInterfaces(proc, sys, nanos), nanos, gap));
    collectors.add(
        new DiskCollector(new ProcDisks(proc, () -> oshi.disks(sys), nanos), nanos, gap));
    collectors.add(oshi.counts());
    collectors.add(new TcpCollector(proc));
    collectors.add(new TemperatureCollector(new SysTemperatures(sys, nanos)));
    collectors.add(
        new TopProcessesCollector(
            new ProcProcesses(
                proc,
                new Users(Path.of("/etc/passwd")),
                () -> oshi.hardware().getMemory().getPageSize()),
            () -> cores(proc),
            nanos));
    collectors.add(new FileSystemCollector(() -> mounts(proc), new HostSpace(), nanos));
    return collectors;
  }

  private static List<Collector> elsewhere(
      SystemInfoProvider system, LongSupplier nanos, Duration gap) {
    Oshi oshi = new Oshi(system);
    return List.of(
        new UptimeCollector(() -> oshi.system().getSystemUptime()),
        new CpuCollector(oshi::ticks),
        new LoadCollector(oshi::loadAverages),
        new MemoryCollector(oshi::memory),
        new NetworkCollector(new OshiInterfaces(oshi::hardware, nanos), nanos, gap),
        new DiskCollector(
            new OshiDisks(() -> oshi.hardware().getDiskStores(), nanos), nanos, gap),
        oshi.counts(),
        new TemperatureCollector(oshi::temperatures),
        new TopProcessesCollector(new OshiProcesses(oshi::system), oshi::cpus, nanos),
        new FileSystemCollector(oshi::mounts, new OshiSpace(oshi::system), nanos));
  }

  /** A path of a multipath disk is listed beside the disk, and counts the same bytes. */
  private static boolean hidden(Path sys, String disk) {
    try {
      return Files.readString(sys.resolve("block").resolve(disk).resolve("hidden")).startsWith("1");
    } catch (IOException e) {
      return false;
    }
  }

  private static int cores(Path proc) throws IOException {
    return Math.max(1, ProcCpu.parse(Cursor.of(Files.readString(proc.resolve("stat")))).cores().size());
  }

  private static List<Mount> mounts(Path proc) throws IOException {
    return MountTable.real(
        Files.readString(proc.resolve("self/mountinfo")),
        Files.readString(proc.resolve("filesystems")));
  }

  /** OSHI's answers in our terms. Its parts are made when they are first asked. */
  private record Oshi(SystemInfoProvider provider) {
    HardwareAbstractionLayer hardware() {
      return provider.getHardware();
    }

    OperatingSystem system() {
      return provider.getOperatingSystem();
    }

    int cpus() {
      return hardware().getProcessor().getLogicalProcessorCount();
    }

    CpuTicks ticks() {
      long[][] each = hardware().getProcessor().getProcessorCpuLoadTicks();
      long[] total = new long[CpuTicks.MODES];
      SequencedMap<String, long[]> cores = new LinkedHashMap<>();
      for (int core = 0; core < each.length; core++) {
        cores.put(Integer.toString(core), each[core]);
        for (int i = 0; i < total.length; i++) {
          total[i] += each[core][i];
        }
      }
      return new CpuTicks(total, cores);
    }

    LoadSource.Load loadAverages() {
      double[] load = hardware().getProcessor().getSystemLoadAverage(3);
      return load[0] < 0
          ? new LoadSource.Load(Double.NaN, Double.NaN, Double.NaN)
          : new LoadSource.Load(load[0], load[1], load[2]);
    }

    Set<String> disks(Path sys) {
      return hardware().getDiskStores().stream()
          .map(HWDiskStore::getName)
          .map(name -> name.substring(name.lastIndexOf('/') + 1))
          .filter(name -> !hidden(sys, name))
          .collect(Collectors.toUnmodifiableSet());
    }

    Collector counts() {
      return new ProcessCollector(
          () -> system().getProcessCount(),
          () -> system().getThreadCount(),
          () -> system().getFileSystem().getOpenFileDescriptors());
    }

    Memory memory() {
      var memory = hardware().getMemory();
      var swap = memory.getVirtualMemory();
      return new Memory(
          memory.getTotal(),
          memory.getAvailable(),
          CounterDelta.UNKNOWN,
          swap.getSwapTotal(),
          swap.getSwapTotal() - swap.getSwapUsed());
    }

    Map<String, Double> temperatures() {
      double celsius = hardware().getSensors().getCpuTemperature();
      return celsius > 0 ? Map.of("cpu", celsius) : Map.of();
    }

    List<Mount> mounts() {
      return system().getFileSystem().getFileStores(false).stream()
          .map(s -> new Mount(s.getVolume(), "/", s.getMount(), s.getType(), !s.isLocal()))
          .toList();
    }
  }

  /** The kernel's answers, and of {@code stat} for inodes. */
  private static final class HostSpace implements FileSystemCollector.SpaceSource {
    @Override
    public Space space(String path) {
      return Space.of(path);
    }

    @Override
    public Map<String, Inodes> inodes(List<String> paths) throws IOException {
      return Inodes.of(paths);
    }
  }
}
