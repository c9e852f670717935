package dev.fleetdash.web;

import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * A chart's frame with its newest numbers; {@code charts.js} draws into it. Ids and lines are the
 * ones of its {@code CHARTS}.
 */
public record ChartCard(String id, String title, List<Line> lines) {
  public ChartCard {
    lines = List.copyOf(lines);
  }

  /**
   * One line of the chart with its newest value.
   *
   * @param kind names the colour
   */
  public record Line(String kind, String label, String figure) {}

  static List<ChartCard> of(HostView host) {
    Numbers n = new Numbers(host);
    return List.of(
        new ChartCard(
            "cpu",
            "CPU",
            List.of(
                line("user", "user", n.sum(Metric.CPU_USER, Metric.CPU_NICE), Figures::percent),
                line(
                    "system", "system", n.sum(Metric.CPU_SYSTEM, Metric.CPU_IRQ), Figures::percent),
                line("steal", "steal", n.get(Metric.CPU_STEAL), Figures::percent),
                line("iowait", "iowait", n.get(Metric.CPU_IOWAIT), Figures::percent))),
        memory(n),
        new ChartCard(
            "disk",
            "Disk",
            List.of(
                line(
                    "read",
                    "read",
                    n.get(Metric.DISK_READ_BYTES_PER_SECOND),
                    Figures::bytesPerSecond),
                line(
                    "written",
                    "written",
                    n.get(Metric.DISK_WRITTEN_BYTES_PER_SECOND),
                    Figures::bytesPerSecond))),
        new ChartCard(
            "network",
            "Network",
            List.of(
                line(
                    "received",
                    "received",
                    n.get(Metric.NETWORK_RECEIVED_BYTES_PER_SECOND),
                    Figures::bytesPerSecond),
                line(
                    "sent",
                    "sent",
                    n.get(Metric.NETWORK_SENT_BYTES_PER_SECOND),
                    Figures::bytesPerSecond))));
  }

  /** The same subjects over several hosts taken together. */
  static List<ChartCard> ofFleet(List<HostView> hosts) {
    return List.of(
        spread("cpu", "CPU", hosts, Figures::percent, Figures::hosts, Metric.CPU_UTILIZATION),
        spread(
            "memory",
            "Memory used",
            hosts,
            Figures::bytes,
            Figures::bytes,
            Metric.MEMORY_USED_BYTES),
        spread(
            "disk",
            "Disk, read and written",
            hosts,
            Figures::bytesPerSecond,
            Figures::bytesPerSecond,
            Metric.DISK_READ_BYTES_PER_SECOND,
            Metric.DISK_WRITTEN_BYTES_PER_SECOND),
        spread(
            "network",
            "Network, in and out",
            hosts,
            Figures::bytesPerSecond,
            Figures::bytesPerSecond,
            Metric.NETWORK_RECEIVED_BYTES_PER_SECOND,
            Metric.NETWORK_SENT_BYTES_PER_SECOND));
  }

  private static ChartCard spread(
      String id,
      String title,
      List<HostView> hosts,
      DoubleFunction<String> figure,
      DoubleFunction<String> sum,
      Metric... scalars) {
    Spread spread = Spread.of(hosts.stream().mapToDouble(host -> new Numbers(host).sum(scalars)));
    return new ChartCard(
        id,
        title,
        List.of(
            line("avg", "avg", spread.avg(), figure),
            line("p95", "p95", spread.p95(), figure),
            line("max", "max", spread.max(), figure),
            line("sum", "sum", spread.sum(), sum)));
  }

  private static ChartCard memory(Numbers n) {
    List<Line> lines = new ArrayList<>();
    lines.add(line("used", "used", n.get(Metric.MEMORY_USED_BYTES), Figures::bytes));
    lines.add(line("cached", "cached", n.get(Metric.MEMORY_CACHED_BYTES), Figures::bytes));
    lines.add(line("swap", "swap used", n.get(Metric.SWAP_USED_BYTES), Figures::bytes));
    return new ChartCard("memory", "Memory", lines);
  }

  private static Line line(String kind, String label, double value, DoubleFunction<String> figure) {
    return new Line(kind, label, figure.apply(value));
  }
}
