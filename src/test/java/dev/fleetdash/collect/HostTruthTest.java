package dev.fleetdash.collect;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Patience;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The collectors of this very host against what the kernel and {@code df} say just before and just
 * after. Numbers that go up and down are looked at until a look is not disturbed.
 */
@EnabledOnOs(OS.LINUX)
class HostTruthTest {
  private static final Path PROC = Path.of("/proc");

  /** So that two looks are never too far apart for a rate. */
  private static final Duration LONG = Duration.ofMinutes(1);

  private final List<Collector> collectors = HostCollectors.of(System::nanoTime, LONG);

  @BeforeEach
  void prime() throws IOException {
    for (Collector collector : collectors) {
      Looks.prime(collector);
    }
  }

  @Test
  void cpuSharesAreThoseOfTheSameTicks() throws IOException {
    AtomicReference<String> text = new AtomicReference<>("");
    CpuCollector cpu =
        new CpuCollector(() -> {
          text.set(text("stat"));
          return ProcCpu.parse(Cursor.of(text.get()));
        });
    Looks.prime(cpu);
    long[] before = ticks(text.get(), "cpu ");
    long[] coreBefore = ticks(text.get(), "cpu0 ");
    burn(Duration.ofMillis(300));

    Row row = Looks.row(cpu);

    long[] after = ticks(text.get(), "cpu ");
    assertThat(row.value(Metric.CPU_USER)).isCloseTo(share(before, after, 0), within(0.00005));
    assertThat(row.value(Metric.CPU_SYSTEM)).isCloseTo(share(before, after, 2), within(0.00005));
    assertThat(row.value(Metric.CPU_UTILIZATION))
        .isCloseTo(1 - share(before, after, 3) - share(before, after, 4), within(0.00005));
    long[] coreAfter = ticks(text.get(), "cpu0 ");
    assertThat(row.items(Family.CORES).getFirst().value(Metric.CORE_UTILIZATION))
        .isCloseTo(
            1 - share(coreBefore, coreAfter, 3) - share(coreBefore, coreAfter, 4), within(0.00005));
  }

  @Test
  void cpuTicksOfTheKernelAreReadAsTheyAre() throws IOException {
    ProcCpu source = new ProcCpu(PROC);
    source.read();

    long[] before = ticks(text("stat"), "cpu ");
    long[] now = source.read().total();
    long[] after = ticks(text("stat"), "cpu ");

    // Idle and I/O wait may be taken back; the others only grow.
    for (int mode : new int[] {0, 1, 2, 5, 6, 7}) {
      assertThat(now[mode]).isBetween(before[mode], after[mode]);
    }
  }

  @Test
  void uptimeLiesBetweenTwoReads() throws IOException {
    double before = firstNumber("uptime");
    Row row = row("uptime");
    double after = firstNumber("uptime");

    assertThat(row.value(Metric.UPTIME_SECONDS)).isBetween(before, after);
  }

  @Test
  void loadIsTheKernels() {
    undisturbed(() -> firstNumber("loadavg"), () -> row("load").value(Metric.LOAD1));
  }

  @Test
  void memoryAndSwapAreTheKernels() throws IOException {
    Row row = row("memory");

    assertThat(row.value(Metric.MEMORY_TOTAL_BYTES)).isEqualTo(meminfo("MemTotal"));
    assertThat(row.value(Metric.SWAP_TOTAL_BYTES)).isEqualTo(meminfo("SwapTotal"));
    undisturbed(
        () -> meminfo("MemAvailable"), () -> row("memory").value(Metric.MEMORY_AVAILABLE_BYTES));
    undisturbed(
        () -> meminfo("MemTotal") - meminfo("MemAvailable"),
        () -> row("memory").value(Metric.MEMORY_USED_BYTES));
    undisturbed(
        () -> meminfo("Buffers") + meminfo("Cached") + meminfo("SReclaimable"),
        () -> row("memory").value(Metric.MEMORY_CACHED_BYTES));
    undisturbed(
        () -> meminfo("SwapTotal") - meminfo("SwapFree"),
        () -> row("memory").value(Metric.SWAP_USED_BYTES));
  }

  @Test
  void pressureIsTheGrowthOfTheKernelsTotals() throws IOException {
    assertThat(collectors.stream().anyMatch(c -> c.name().equals("pressure")))
        .isEqualTo(PressureCollector.kept(PROC));
    if (!PressureCollector.kept(PROC)) {
      return;
    }
    betweenGrowths(
        "pressure",
        Metric.CPU_PRESSURE_SOME,
        () -> number("some .*total=(\\d+)", text("pressure/cpu")) / 1e6);
  }

  @Test
  void disksAreThoseOfTheKernelAndGrowWithThem(@TempDir Path directory) throws IOException {
    Set<String> disks = names(row("disks"), Family.DISKS);
    ProcDisks source = new ProcDisks(PROC, () -> disks, System::nanoTime);
    Files.write(directory.resolve("some"), new byte[100_000]);

    for (String disk : disks) {
      Path stat = Path.of("/sys/block", disk, "stat");
      long[] before = numbers(Files.readString(stat));
      DiskSource.DiskCounters now =
          source.read().stream().filter(d -> d.name().equals(disk)).findFirst().orElseThrow();
      long[] after = numbers(Files.readString(stat));

      assertThat(now.reads()).isBetween(before[0], after[0]);
      assertThat(now.readBytes()).isBetween(before[2] * 512, after[2] * 512);
      assertThat(now.writes()).isBetween(before[4], after[4]);
      assertThat(now.writtenBytes()).isBetween(before[6] * 512, after[6] * 512);
      assertThat(now.busyMillis()).isBetween(before[9], after[9]);
    }
  }

  @Test
  void everyDiskWithADeviceIsThereAndNoOther() throws IOException {
    List<String> devices;
    try (Stream<Path> blocks = Files.list(Path.of("/sys/block"))) {
      devices =
          blocks
              .filter(b -> Files.exists(b.resolve("device")))
              .filter(b -> !hidden(b))
              .map(b -> b.getFileName().toString())
              .toList();
    }

    assertThat(names(row("disks"), Family.DISKS)).containsExactlyInAnyOrderElementsOf(devices);
  }

  @Test
  void interfacesAreThoseOfTheKernel() {
    // Again where one came or went meanwhile.
    await()
        .ignoreExceptions()
        .untilAsserted(() -> {
          List<InterfaceCounters> before = sysInterfaces();
          List<InterfaceCounters> now =
              new ProcInterfaces(PROC, Path.of("/sys"), System::nanoTime).read();
          List<InterfaceCounters> after = sysInterfaces();

          assertThat(now).hasSameSizeAs(before);
          for (InterfaceCounters one : now) {
            long[] low = find(before, one.name()).values();
            long[] high = find(after, one.name()).values();
            for (int i = 0; i < low.length; i++) {
              assertThat(one.values()[i]).as("%s %d", one.name(), i).isBetween(low[i], high[i]);
            }
          }
        });
  }

  @Test
  void fileSystemsAreWhatDfSays() {
    await()
        .untilAsserted(() -> {
          List<String> before = df();
          Row row = row("filesystems");
          List<String> after = df();

          assertThat(row.items(Family.FILESYSTEMS)).isNotEmpty();
          for (Item item : row.items(Family.FILESYSTEMS)) {
            String line =
                "%.0f %.0f %.0f %s"
                    .formatted(
                        item.value(Metric.FILESYSTEM_TOTAL_BYTES),
                        item.value(Metric.FILESYSTEM_USED_BYTES),
                        item.value(Metric.FILESYSTEM_AVAILABLE_BYTES),
                        item.key());
            assertThat(before).contains(line);
            assertThat(after).contains(line);
          }
        });
  }

  @Test
  void fullestFileSystemIsTheOneThatDfShowsFullest() {
    await()
        .untilAsserted(() -> {
          double fullest = row("filesystems").value(Metric.FILESYSTEM_USED_RATIO_MAX);
          List<String> percents = new ArrayList<>();
          for (Item item : row("filesystems").items(Family.FILESYSTEMS)) {
            percents.addAll(run("df", "--output=pcent", item.key()).subList(1, 2));
          }
          int max =
              percents.stream()
                  .mapToInt(p -> Integer.parseInt(p.strip().replace("%", "")))
                  .max()
                  .orElseThrow();

          assertThat((int) Math.ceil(fullest * 100)).isEqualTo(max);
        });
  }

  @Test
  void inodesAreWhatDfSays() {
    await()
        .untilAsserted(() -> {
          String before = run("df", "--output=itotal,iused", "/").get(1);
          Inodes now = Objects.requireNonNull(Inodes.of(List.of("/")).get("/"));
          String after = run("df", "--output=itotal,iused", "/").get(1);

          assertThat(before).isEqualTo(after);
          assertThat(now).isNotNull();
          assertThat(numbers(before)).containsExactly(now.total(), now.used());
        });
  }

  @Test
  void rowHasTheInodesOnceTheyAreCounted() {
    await()
        .untilAsserted(() -> {
          Row row = row("filesystems");
          assertThat(row.has(Metric.FILESYSTEM_INODES_USED_RATIO_MAX)).isTrue();
          assertThat(row.items(Family.FILESYSTEMS)).anyMatch(i -> i.has(Metric.FILESYSTEM_INODES));
        });
  }

  @Test
  void connectionsAreCountedByState() throws IOException {
    Row before = row("tcp");
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept()) {
      assertThat(accepted.isConnected()).isTrue();
      assertThat(client.isConnected()).isTrue();
      undisturbed(() -> tcp("01"), () -> row("tcp").value(Metric.TCP_ESTABLISHED));
      undisturbed(() -> tcp("0A"), () -> row("tcp").value(Metric.TCP_LISTEN));
      assertThat(tcp("0A")).isPositive();
      assertThat(tcp("01")).isGreaterThanOrEqualTo(2);
    }
    assertThat(before.has(Metric.TCP_TIME_WAIT)).isTrue();
  }

  @Test
  void processesThreadsAndOpenFilesAreTheKernels() {
    undisturbed(HostTruthTest::pids, () -> row("processes").value(Metric.PROCESSES));
    undisturbed(
        () -> number("/(\\d+)", text("loadavg")), () -> row("processes").value(Metric.THREADS));
    undisturbed(
        () -> firstNumber("sys/fs/file-nr"), () -> row("processes").value(Metric.OPEN_FILES));
  }

  @Test
  void thisProcessHasItsShareItsMemoryAndNoArguments() throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    TopProcessesCollector top = topProcessesOfThisOne();
    Looks.prime(top);
    Path stat = PROC.resolve("self/stat");
    long beforeOuter = System.nanoTime();
    double usedOuter = cpuSeconds(stat);
    Looks.row(top);
    double usedInner = cpuSeconds(stat);
    long beforeInner = System.nanoTime();
    burn(Duration.ofMillis(500));
    double usedInnerEnd = cpuSeconds(stat);
    long afterInner = System.nanoTime();

    double memoryBefore = number("VmRSS:\\s+(\\d+)", text("self/status")) * 1024;
    Row row = Looks.row(top);
    double memoryAfter = number("VmRSS:\\s+(\\d+)", text("self/status")) * 1024;

    double usedOuterEnd = cpuSeconds(stat);
    long afterOuter = System.nanoTime();
    int cpus = ticksLines();
    Item self =
        row.items(Family.TOP_PROCESSES).stream()
            .filter(i -> i.labels().get(1).equals(pid))
            .findFirst()
            .orElseThrow();
    assertThat(self.value(Metric.PROCESS_CPU_UTILIZATION))
        .isBetween(
            (usedInnerEnd - usedInner) / (afterOuter - beforeOuter) * 1e9 / cpus - 0.0001,
            (usedOuterEnd - usedOuter) / (afterInner - beforeInner) * 1e9 / cpus + 0.0001);
    assertThat(self.value(Metric.PROCESS_MEMORY_BYTES))
        .isBetween(
            Math.min(memoryBefore, memoryAfter) - 20e6, Math.max(memoryBefore, memoryAfter) + 20e6);
    assertThat(self.key()).isEqualTo(text("self/comm").strip());
    assertThat(self.labels().get(2)).isEqualTo(run("id", "-un").getFirst());
    String json = new String(row.json(), StandardCharsets.UTF_8);
    List<String> arguments = List.of(text("self/cmdline").split("\0", -1));
    assertThat(arguments)
        .filteredOn(argument -> argument.length() > 6)
        .isNotEmpty()
        .noneMatch(json::contains);
  }

  /** On a busy machine ten others may be more at the top than this one. */
  private static TopProcessesCollector topProcessesOfThisOne() throws Exception {
    long page = Long.parseLong(run("getconf", "PAGESIZE").getFirst());
    ProcProcesses all = new ProcProcesses(PROC, new Users(Path.of("/etc/passwd")), () -> page);
    ProcessSource self =
        new ProcessSource() {
          @Override
          public List<ProcessUse> read() throws IOException {
            return all.read().stream()
                .filter(one -> one.pid() == ProcessHandle.current().pid())
                .toList();
          }

          @Override
          public String user(int pid) {
            return all.user(pid);
          }
        };
    return new TopProcessesCollector(self, HostTruthTest::ticksLines, System::nanoTime);
  }

  @Test
  void knownTransferOverALinkIsCountedToTheByte() throws Exception {
    int datagrams = 1_000;
    int payload = 1_000;
    int headers = 8 + 20 + 14;
    long[] nanos = {0};
    try (Link link = Link.open()) {
      NetworkCollector network =
          new NetworkCollector(
              new ProcInterfaces(
                  PROC.resolve(Long.toString(link.pid())), Path.of("/sys"), () -> nanos[0]),
              () -> nanos[0],
              Duration.ofSeconds(10));
      Looks.prime(network);
      link.send(datagrams, payload);
      nanos[0] = 1_000_000_000L;

      Row row = Looks.row(network);

      Item end =
          row.items(Family.INTERFACES).stream()
              .filter(i -> i.key().equals("fd0"))
              .findFirst()
              .orElseThrow();
      assertThat(end.value(Metric.INTERFACE_SENT_PACKETS_PER_SECOND)).isEqualTo(datagrams);
      assertThat(end.value(Metric.INTERFACE_SENT_BYTES_PER_SECOND))
          .isEqualTo((double) datagrams * (payload + headers));
      assertThat(row.value(Metric.NETWORK_SENT_BYTES_PER_SECOND))
          .isEqualTo((double) datagrams * (payload + headers));
    }
  }

  /** A veth pair between two network namespaces, which an ordinary user may make as well. */
  private record Link(Process process, BufferedReader out, Writer in) implements AutoCloseable {
    private static final String SCRIPT =
        """
        set -e
        unshare -n sleep 600 & other=$!
        trap 'kill $other' EXIT
        while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do :; done
        ip link add fd0 address 02:00:00:00:00:01 type veth peer name fd1 address 02:00:00:00:00:02
        ip link set fd1 netns $other
        in_other() { nsenter -t $other -n "$@"; }
        for name in all default fd0; do echo 1 > /proc/sys/net/ipv6/conf/$name/disable_ipv6; done
        in_other sh -c 'for name in all default fd1; do
          echo 1 > /proc/sys/net/ipv6/conf/$name/disable_ipv6; done'
        ip address add 10.99.0.1/30 dev fd0
        ip link set fd0 up
        in_other ip address add 10.99.0.2/30 dev fd1
        in_other ip link set fd1 up
        ip neighbour add 10.99.0.2 lladdr 02:00:00:00:00:02 dev fd0
        in_other ip neighbour add 10.99.0.1 lladdr 02:00:00:00:00:01 dev fd1
        echo ready
        read count size
        exec 3>/dev/udp/10.99.0.2/9
        for ((i = 0; i < count; i++)); do
          # A reply that nobody listens makes the next write fail.
          until printf "%0${size}d" 0 >&3; do :; done
        done 2>/dev/null
        echo sent
        read _ || true
        """;

    static Link open() throws IOException {
      Process process =
          new ProcessBuilder("unshare", "-rn", "bash", "-c", SCRIPT)
              .redirectErrorStream(true)
              .start();
      Link link = new Link(process, process.inputReader(), process.outputWriter());
      link.expect("ready");
      return link;
    }

    long pid() {
      return process.pid();
    }

    void send(int datagrams, int payload) throws IOException {
      in.write(datagrams + " " + payload + "\n");
      in.flush();
      expect("sent");
    }

    private void expect(String word) throws IOException {
      StringBuilder said = new StringBuilder();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals(word)) {
          return;
        }
        said.append(line).append('\n');
      }
      fail(
          "no network namespace to be had: run as root, or allow user namespaces"
              + " (kernel.unprivileged_userns_clone=1), with iproute2 installed: "
              + said);
    }

    @Override
    public void close() throws IOException {
      in.close();
      process.onExit().join();
    }
  }

  /** A number that can be read anew. */
  @FunctionalInterface
  private interface Reader {
    double read() throws IOException;
  }

  /** Waits for a look between two equal readings of the truth, and expects just that. */
  private static void undisturbed(Reader truth, Reader look) {
    await()
        .untilAsserted(() -> {
          double before = truth.read();
          double value = look.read();
          double after = truth.read();
          assertThat(value).isEqualTo(before).isEqualTo(after);
        });
  }

  /** Expects a rate that fits the growth of a total around the two reads that made it. */
  private void betweenGrowths(String collector, Metric metric, Reader total) throws IOException {
    double outerBegin = total.read();
    long outerBeginNanos = System.nanoTime();
    row(collector);
    double innerBegin = total.read();
    long innerBeginNanos = System.nanoTime();
    burn(Duration.ofMillis(300));
    long innerEndNanos = System.nanoTime();
    double innerEnd = total.read();
    Row row = row(collector);
    long outerEndNanos = System.nanoTime();
    double outerEnd = total.read();

    assertThat(row.value(metric))
        .isBetween(
            (innerEnd - innerBegin) / (outerEndNanos - outerBeginNanos) * 1e9 - 0.0001,
            (outerEnd - outerBegin) / (innerEndNanos - innerBeginNanos) * 1e9 + 0.0001);
  }

  private Row row(String name) throws IOException {
    Collector collector =
        collectors.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
    return Looks.row(collector);
  }

  private static void burn(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }

  private static String text(String file) throws IOException {
    // Not Files.readString, whose first read is short: files of /proc/sys give nothing to a second
    // one.
    try (InputStream in = Files.newInputStream(PROC.resolve(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static double firstNumber(String file) throws IOException {
    return Double.parseDouble(text(file).split("\\s", -1)[0]);
  }

  private static double meminfo(String name) throws IOException {
    return number("(?m)^" + name + ":\\s+(\\d+) kB", text("meminfo")) * 1024;
  }

  private static double number(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private static long[] numbers(String text) {
    return Arrays.stream(text.strip().split("\\s+", -1)).mapToLong(Long::parseLong).toArray();
  }

  private static long[] ticks(String stat, String line) {
    return stat.lines()
        .filter(l -> l.startsWith(line))
        .map(l -> numbers(l.substring(line.length())))
        .findFirst()
        .orElseThrow();
  }

  private static int ticksLines() throws IOException {
    return (int) text("stat").lines().filter(l -> l.matches("cpu\\d.*")).count();
  }

  private static double share(long[] before, long[] after, int mode) {
    double all = 0;
    for (int i = 0; i < 8; i++) {
      all += Math.max(0, after[i] - before[i]);
    }
    return Math.max(0, after[mode] - before[mode]) / all;
  }

  private static double tcp(String state) throws IOException {
    double count = 0;
    for (String file : List.of("net/tcp", "net/tcp6")) {
      if (Files.exists(PROC.resolve(file))) {
        count +=
            text(file)
                .lines()
                .skip(1)
                .filter(l -> l.strip().split("\\s+", -1)[3].equals(state))
                .count();
      }
    }
    return count;
  }

  private static double pids() {
    String[] names = PROC.toFile().list((_, name) -> name.matches("\\d+"));
    return names == null ? Double.NaN : names.length;
  }

  private static double cpuSeconds(Path stat) throws IOException {
    String text = Files.readString(stat);
    String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
  }

  private static List<InterfaceCounters> sysInterfaces() throws IOException {
    List<InterfaceCounters> interfaces = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/sys/class/net"))) {
      for (Path one : all.filter(p -> Files.exists(p.resolve("statistics"))).toList()) {
        interfaces.add(
            new InterfaceCounters(
                one.getFileName().toString(),
                true,
                counter(one, "rx_bytes"),
                counter(one, "tx_bytes"),
                counter(one, "rx_packets"),
                counter(one, "tx_packets"),
                counter(one, "rx_errors") + counter(one, "tx_errors"),
                counter(one, "rx_dropped")
                    + counter(one, "rx_missed_errors")
                    + counter(one, "tx_dropped")));
      }
    }
    return interfaces;
  }

  private static long counter(Path one, String name) throws IOException {
    return Long.parseLong(Files.readString(one.resolve("statistics").resolve(name)).strip());
  }

  private static InterfaceCounters find(List<InterfaceCounters> all, String name) {
    return all.stream().filter(i -> i.name().equals(name)).findFirst().orElseThrow();
  }

  private static Set<String> names(Row row, Family family) {
    return row.items(family).stream().map(Item::key).collect(Collectors.toUnmodifiableSet());
  }

  private static boolean hidden(Path block) {
    try {
      return Files.readString(block.resolve("hidden")).startsWith("1");
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> df() throws Exception {
    return run("df", "-a", "-B1", "--output=size,used,avail,target").stream()
        .map(l -> l.strip().replaceAll("\\s+", " "))
        .toList();
  }

  private static List<String> run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = process.inputReader().lines().toList();
    assertThat(Patience.exitCode(process)).as(String.join(" ", lines)).isZero();
    return lines;
  }
}
