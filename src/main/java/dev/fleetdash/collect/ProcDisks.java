package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * All disks from one read of /proc/diskstats. Which of its lines are disks is looked up once a
 * minute. Not thread-safe.
 */
final class ProcDisks implements DiskSource {
  /** The unit of the table, whatever the disk's own sectors are. */
  private static final long SECTOR = 512;

  private static final long LIST_NANOS = Duration.ofSeconds(60).toNanos();

  private final KernelFile file;
  private final Supplier<Set<String>> list;
  private final LongSupplier nanos;
  private Set<String> disks = Set.of();
  private long listedNanos;
  private boolean listed;

  ProcDisks(Path proc, Supplier<Set<String>> list, LongSupplier nanos) {
    this.file = new KernelFile(proc.resolve("diskstats"));
    this.list = list;
    this.nanos = nanos;
  }

  @Override
  public List<DiskCounters> read() throws IOException {
    long now = nanos.getAsLong();
    if (!listed || now - listedNanos >= LIST_NANOS) {
      disks = list.get();
      listedNanos = now;
      listed = true;
    }
    return parse(file.read(), disks);
  }

  /**
   * Reads the lines of those disks: major minor name, then for reads and for writes each operations,
   * merged, sectors and milliseconds, then operations under way and milliseconds busy.
   */
  static List<DiskCounters> parse(Cursor text, Set<String> disks) {
    List<DiskCounters> counters = new ArrayList<>(disks.size());
    do {
      String name = text.skipWords(2).word();
      if (disks.contains(name)) {
        counters.add(line(name, text));
      }
    } while (text.nextLine());
    return counters;
  }

  private static DiskCounters line(String name, Cursor text) {
    long reads = text.number();
    long readSectors = text.skipWords(1).number();
    long writes = text.skipWords(1).number();
    long writtenSectors = text.skipWords(1).number();
    long busy = text.skipWords(2).number();
    return new DiskCounters(
        name, readSectors * SECTOR, writtenSectors * SECTOR, reads, writes, busy);
  }
}
