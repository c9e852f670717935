package dev.fleetdash.collect;

import dev.fleetdash.collect.DiskSource.DiskCounters;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Disks, each and in total; of the busy shares the largest. The source says what a disk is. */
final class DiskCollector implements Collector {
  private static final double MILLIS_PER_SECOND = 1e3;

  private final DiskSource source;
  private final LongSupplier nanos;
  private final Deltas totals;
  private final Deltas items;

  DiskCollector(DiskSource source, LongSupplier nanos, Duration longestGap) {
    this.source = source;
    this.nanos = nanos;
    this.totals = new Deltas(DiskCounters.COUNTERS, longestGap);
    this.items =
        new Deltas(
            DiskCounters.COUNTERS, longestGap.plusSeconds(Family.DISKS.cadenceSeconds()));
  }

  @Override
  public String name() {
    return "disks";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    List<DiskCounters> disks = source.read();
    long now = nanos.getAsLong();
    double busiest = Double.NaN;
    for (DiskCounters disk : disks) {
      busiest = larger(busiest, busy(totals.read(disk.name(), now, disk.values())));
    }
    totals.endOfRead();
    Reading reading = new Reading();
    if (due.has(Family.DISKS)) {
      reading.add(Family.DISKS, items(disks, now));
    }
    return reading
        .set(Metric.DISK_READ_BYTES_PER_SECOND, totals.perSecond(DiskCounters.READ_BYTES))
        .set(Metric.DISK_WRITTEN_BYTES_PER_SECOND, totals.perSecond(DiskCounters.WRITTEN_BYTES))
        .set(Metric.DISK_READS_PER_SECOND, totals.perSecond(DiskCounters.READS))
        .set(Metric.DISK_WRITES_PER_SECOND, totals.perSecond(DiskCounters.WRITES))
        .set(Metric.DISK_BUSY_RATIO, busiest);
  }

  private List<Item> items(List<DiskCounters> disks, long now) {
    List<Item> found = new ArrayList<>(disks.size());
    for (DiskCounters disk : disks) {
      found.add(item(disk.name(), items.read(disk.name(), now, disk.values())));
    }
    items.endOfRead();
    return found;
  }

  private static Item item(String name, CounterDelta delta) {
    return Item.of(Family.DISKS, name)
        .set(Metric.DISK_DEVICE_READ_BYTES_PER_SECOND, delta.perSecond(DiskCounters.READ_BYTES))
        .set(Metric.DISK_DEVICE_WRITTEN_BYTES_PER_SECOND, delta.perSecond(DiskCounters.WRITTEN_BYTES))
        .set(Metric.DISK_DEVICE_READS_PER_SECOND, delta.perSecond(DiskCounters.READS))
        .set(Metric.DISK_DEVICE_WRITES_PER_SECOND, delta.perSecond(DiskCounters.WRITES))
        .set(Metric.DISK_DEVICE_BUSY_RATIO, busy(delta))
        .build();
  }

  /** The kernel counts in whole milliseconds, which may round to a little more than all of the time. */
  private static double busy(CounterDelta delta) {
    return Math.min(1, delta.perSecond(DiskCounters.BUSY_MILLIS) / MILLIS_PER_SECOND);
  }

  private static double larger(double a, double b) {
    return Double.isNaN(a) || b > a ? b : a;
  }
}
