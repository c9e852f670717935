package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * CPU time from one read of /proc/stat. The total is the kernel's own, which goes on growing while
 * cores are taken off and put back.
 */
final class ProcCpu implements CpuSource {
  private final KernelFile file;

  ProcCpu(Path proc) {
    this.file = new KernelFile(proc.resolve("stat"));
  }

  @Override
  public CpuTicks read() throws IOException {
    return parse(file.read());
  }

  /** The lines {@code cpu} and {@code cpuN}: user nice system idle iowait irq softirq steal. */
  static CpuTicks parse(Cursor text) throws IOException {
    if (!text.skip("cpu ")) {
      throw new IOException("no line of all CPUs in stat");
    }
    long[] total = ticks(text);
    SequencedMap<String, long[]> cores = new LinkedHashMap<>();
    while (text.nextLine() && text.skip("cpu")) {
      cores.put(text.word(), ticks(text));
    }
    return new CpuTicks(total, cores);
  }

  private static long[] ticks(Cursor text) {
    long[] ticks = new long[CpuTicks.MODES];
    for (int i = 0; i < ticks.length; i++) {
      ticks[i] = Math.max(0, text.number());
    }
    return ticks;
  }
}
