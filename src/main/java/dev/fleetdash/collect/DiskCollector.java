package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import oshi.hardware.HWDiskStore;

/**
 * Disks that are devices of their own. Partitions, loop and memory devices are not, nor are volumes
 * made of other disks (device mapper, RAID): their bytes arrive at the disks below and would be
 * counted twice.
 *
 * <p>The list is kept, and made anew once a minute and whenever a disk has gone.
 */
final class DiskCollector implements Collector {
  private static final long LIST_NANOS = Duration.ofSeconds(60).toNanos();
  private static final String DEVICES = "/dev/";
  private static final double MILLIS_PER_SECOND = 1e3;

  private static final int READ_BYTES = 0;
  private static final int WRITTEN_BYTES = 1;
  private static final int READS = 2;
  private static final int WRITES = 3;
  private static final int BUSY_MILLIS = 4;
  private static final int COUNTERS = 5;

  private final Supplier<List<HWDiskStore>> list;
  private final Predicate<String> real;
  private final LongSupplier nanos;
  private final Deltas totals;
  private final Deltas items;
  private List<HWDiskStore> disks = List.of();
  private long listed;
  private boolean stale = true;

  /**
   * @param list looks for disks
   * @param real whether the disk of that name is one, and not a path to another
   */
  DiskCollector(
      Supplier<List<HWDiskStore>> list,
      Predicate<String> real,
      LongSupplier nanos,
      Duration longestGap) {
    this.list = list;
    this.real = real;
    this.nanos = nanos;
    this.totals = new Deltas(COUNTERS, longestGap);
    this.items = new Deltas(COUNTERS, longestGap.plusSeconds(Family.DISKS.cadenceSeconds()));
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
  public Reading collect(Due due) {
    List<HWDiskStore> present = update();
    boolean itemsDue = due.has(Family.DISKS);
    List<Item> found = new ArrayList<>(present.size());
    double busiest = Double.NaN;
    for (HWDiskStore disk : present) {
      String name = label(disk);
      long now = nanos.getAsLong();
      long[] counters = counters(disk);
      CounterDelta delta = totals.read(name, now, counters);
      busiest = larger(busiest, busy(delta));
      if (itemsDue) {
        found.add(item(name, items.read(name, now, counters)));
      }
    }
    Reading reading = new Reading();
    totals.endOfRead();
    if (itemsDue) {
      items.endOfRead();
      reading.add(Family.DISKS, found);
    }
    return reading
        .set(Metric.DISK_READ_BYTES_PER_SECOND, totals.perSecond(READ_BYTES))
        .set(Metric.DISK_WRITTEN_BYTES_PER_SECOND, totals.perSecond(WRITTEN_BYTES))
        .set(Metric.DISK_READS_PER_SECOND, totals.perSecond(READS))
        .set(Metric.DISK_WRITES_PER_SECOND, totals.perSecond(WRITES))
        .set(Metric.DISK_BUSY_RATIO, busiest);
  }

  private List<HWDiskStore> update() {
    long now = nanos.getAsLong();
    if (stale || now - listed >= LIST_NANOS) {
      disks = list.get().stream().filter(d -> real.test(label(d))).toList();
      listed = now;
      stale = false;
      return disks;
    }
    List<HWDiskStore> present = new ArrayList<>(disks.size());
    for (HWDiskStore disk : disks) {
      if (disk.updateAttributes()) {
        present.add(disk);
      } else {
        stale = true;
      }
    }
    return present;
  }

  private static long[] counters(HWDiskStore disk) {
    long[] counters = new long[COUNTERS];
    counters[READ_BYTES] = disk.getReadBytes();
    counters[WRITTEN_BYTES] = disk.getWriteBytes();
    counters[READS] = disk.getReads();
    counters[WRITES] = disk.getWrites();
    counters[BUSY_MILLIS] = disk.getTransferTime();
    return counters;
  }

  private static Item item(String name, CounterDelta delta) {
    return Item.of(Family.DISKS, name)
        .set(Metric.DISK_DEVICE_READ_BYTES_PER_SECOND, delta.perSecond(READ_BYTES))
        .set(Metric.DISK_DEVICE_WRITTEN_BYTES_PER_SECOND, delta.perSecond(WRITTEN_BYTES))
        .set(Metric.DISK_DEVICE_READS_PER_SECOND, delta.perSecond(READS))
        .set(Metric.DISK_DEVICE_WRITES_PER_SECOND, delta.perSecond(WRITES))
        .set(Metric.DISK_DEVICE_BUSY_RATIO, busy(delta))
        .build();
  }

  /** The kernel counts in whole milliseconds, which may round to a little more than all of the time. */
  private static double busy(CounterDelta delta) {
    return Math.min(1, delta.perSecond(BUSY_MILLIS) / MILLIS_PER_SECOND);
  }

  private static double larger(double a, double b) {
    return Double.isNaN(a) || b > a ? b : a;
  }

  private static String label(HWDiskStore disk) {
    String name = disk.getName();
    return name.startsWith(DEVICES) ? name.substring(DEVICES.length()) : name;
  }
}
