package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import oshi.hardware.CentralProcessor.TickType;

/**
 * CPU time by mode, and each core's utilization. One read serves both: the total is the sum of the
 * cores.
 */
final class CpuCollector implements Collector {
  private final Supplier<long[][]> cores;
  private final CpuShares total = new CpuShares();
  private final List<CpuShares> each = new ArrayList<>();

  /** Takes a source of ticks per core and {@link TickType}. */
  CpuCollector(Supplier<long[][]> cores) {
    this.cores = cores;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) {
    long[][] now = cores.get();
    Reading reading = new Reading();
    total.read(sum(now));
    reading
        .set(Metric.CPU_UTILIZATION, total.utilization())
        .set(Metric.CPU_USER, total.share(TickType.USER))
        .set(Metric.CPU_SYSTEM, total.share(TickType.SYSTEM))
        .set(Metric.CPU_NICE, total.share(TickType.NICE))
        .set(Metric.CPU_IOWAIT, total.share(TickType.IOWAIT))
        .set(Metric.CPU_IRQ, total.share(TickType.IRQ) + total.share(TickType.SOFTIRQ))
        .set(Metric.CPU_STEAL, total.share(TickType.STEAL));
    if (due.has(Family.CORES)) {
      reading.add(Family.CORES, items(now));
    }
    return reading;
  }

  private List<Item> items(long[][] now) {
    List<Item> items = new ArrayList<>(now.length);
    for (int core = 0; core < now.length; core++) {
      if (core == each.size()) {
        each.add(new CpuShares());
      }
      CpuShares shares = each.get(core);
      shares.read(now[core]);
      items.add(
          Item.of(Family.CORES, Integer.toString(core))
              .set(Metric.CORE_UTILIZATION, shares.utilization())
              .build());
    }
    return items;
  }

  private static long[] sum(long[][] cores) {
    long[] sum = new long[TickType.values().length];
    for (long[] core : cores) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += core[i];
      }
    }
    return sum;
  }
}
