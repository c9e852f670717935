package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Memory from /proc/meminfo: all of it from one read, so that the numbers fit together. Cached is
 * what {@code free} calls buff/cache: buffers, page cache (shared memory included) and reclaimable slab.
 */
final class ProcMemory implements MemorySource {
  private static final long KIBIBYTE = 1024;

  private final KernelFile file;

  ProcMemory(Path proc) {
    this.file = new KernelFile(proc.resolve("meminfo"));
  }

  @Override
  public Memory read() throws IOException {
    return parse(file.read());
  }

  static Memory parse(Cursor text) {
    long unknown = CounterDelta.UNKNOWN;
    long total = unknown;
    long available = unknown;
    long cached = 0;
    long swapTotal = unknown;
    long swapFree = unknown;
    do {
      if (text.skip("MemTotal:")) {
        total = bytes(text);
      } else if (text.skip("MemAvailable:")) {
        available = bytes(text);
      } else if (text.skip("Buffers:") || text.skip("Cached:") || text.skip("SReclaimable:")) {
        cached += bytes(text);
      } else if (text.skip("SwapTotal:")) {
        swapTotal = bytes(text);
      } else if (text.skip("SwapFree:")) {
        swapFree = bytes(text);
      }
    } while (text.nextLine());
    return new Memory(total, available, cached > 0 ? cached : unknown, swapTotal, swapFree);
  }

  private static long bytes(Cursor text) {
    long kibibytes = text.number();
    return kibibytes < 0 ? CounterDelta.UNKNOWN : kibibytes * KIBIBYTE;
  }
}
