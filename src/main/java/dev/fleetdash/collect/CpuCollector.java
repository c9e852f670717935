package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import oshi.hardware.CentralProcessor.TickType;

/** CPU time by mode, and each core's utilization. One read serves both. */
final class CpuCollector implements Collector {
  private final CpuSource source;
  private final CpuShares total = new CpuShares();
  private final Map<String, CpuShares> each = new HashMap<>();

  CpuCollector(CpuSource source) {
    this.source = source;
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
  public Reading collect(Due due) throws IOException {
    CpuTicks now = source.read();
    total.read(now.total());
    Reading reading =
        new Reading()
            .set(Metric.CPU_UTILIZATION, total.utilization())
            .set(Metric.CPU_USER, total.share(TickType.USER))
            .set(Metric.CPU_SYSTEM, total.share(TickType.SYSTEM))
            .set(Metric.CPU_NICE, total.share(TickType.NICE))
            .set(Metric.CPU_IOWAIT, total.share(TickType.IOWAIT))
            .set(Metric.CPU_IRQ, total.share(TickType.IRQ) + total.share(TickType.SOFTIRQ))
            .set(Metric.CPU_STEAL, total.share(TickType.STEAL));
    if (due.has(Family.CORES)) {
      reading.add(Family.CORES, items(now.cores()));
    }
    return reading;
  }

  private List<Item> items(Map<String, long[]> cores) {
    List<Item> items = new ArrayList<>(cores.size());
    each.keySet().retainAll(cores.keySet());
    cores.forEach(
        (core, ticks) -> {
          CpuShares shares = each.computeIfAbsent(core, _ -> new CpuShares());
          shares.read(ticks);
          items.add(
              Item.of(Family.CORES, core)
                  .set(Metric.CORE_UTILIZATION, shares.utilization())
                  .build());
        });
    return items;
  }
}
