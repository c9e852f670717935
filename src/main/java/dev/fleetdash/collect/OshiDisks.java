package dev.fleetdash.collect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import oshi.hardware.HWDiskStore;

/** Disks from OSHI. The list is kept for a minute, or until a disk has gone. Not thread-safe. */
final class OshiDisks implements DiskSource {
  private static final long LIST_NANOS = Duration.ofSeconds(60).toNanos();

  private final Supplier<List<HWDiskStore>> list;
  private final LongSupplier nanos;
  private List<HWDiskStore> disks = List.of();
  private long listedNanos;
  private boolean stale = true;

  OshiDisks(Supplier<List<HWDiskStore>> list, LongSupplier nanos) {
    this.list = list;
    this.nanos = nanos;
  }

  @Override
  public List<DiskCounters> read() {
    long now = nanos.getAsLong();
    if (stale || now - listedNanos >= LIST_NANOS) {
      disks = list.get();
      listedNanos = now;
      stale = false;
    }
    List<DiskCounters> counters = new ArrayList<>(disks.size());
    for (HWDiskStore disk : disks) {
      if (disk.updateAttributes()) {
        counters.add(counters(disk));
      } else {
        stale = true;
      }
    }
    return counters;
  }

  private static DiskCounters counters(HWDiskStore disk) {
    return new DiskCounters(
        disk.getName(),
        disk.getReadBytes(),
        disk.getWriteBytes(),
        disk.getReads(),
        disk.getWrites(),
        disk.getTransferTime());
  }
}
