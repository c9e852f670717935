package dev.fleetdash.web;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.web.Table.Cell;
import java.time.Instant;
import java.util.List;

/**
 * All hosts, as the first page shows them before any script runs, and the charts of one of them.
 *
 * @param chosen the host whose charts are drawn
 * @param newest its newest row's epoch second, empty where there is none
 * @param cores its cores, 0 where unknown
 */
public record FleetPage(
    Frame frame,
    List<Total> totals,
    List<HostLine> hosts,
    String chosen,
    String newest,
    int cores,
    List<ChartCard> charts) {
  public FleetPage {
    totals = List.copyOf(totals);
    hosts = List.copyOf(hosts);
    charts = List.copyOf(charts);
  }

  public record Total(String id, String label, String figure) {}

  /** One host among many. The cells are in the order of the page's columns. */
  public record HostLine(
      String host,
      String place,
      HostState state,
      Cell cpu,
      Cell memory,
      Cell space,
      String load,
      String disk,
      String network,
      String uptime) {
    static HostLine of(HostView host, Instant now) {
      Numbers n = new Numbers(host);
      return new HostLine(
          host.host().value(),
          host.place(),
          HostState.of(host.newest(), now),
          Cell.share(n.get(Metric.CPU_UTILIZATION), 0.8, 0.95),
          Cell.share(
              n.get(Metric.MEMORY_USED_BYTES) / n.get(Metric.MEMORY_TOTAL_BYTES), 0.85, 0.95),
          Cell.share(n.get(Metric.FILESYSTEM_USED_RATIO_MAX), 0.85, 0.95),
          Figures.load(n.get(Metric.LOAD1)),
          Figures.bytesPerSecond(
              n.sum(Metric.DISK_READ_BYTES_PER_SECOND, Metric.DISK_WRITTEN_BYTES_PER_SECOND)),
          Figures.bytesPerSecond(
              n.sum(
                  Metric.NETWORK_RECEIVED_BYTES_PER_SECOND, Metric.NETWORK_SENT_BYTES_PER_SECOND)),
          Figures.duration(n.get(Metric.UPTIME_SECONDS)));
    }
  }

  /**
   * @param hosts in the order of the page, at least one
   * @param chosen one of them
   */
  static FleetPage of(List<HostView> hosts, HostView chosen, NodeView node, Assets assets) {
    String name = chosen.host().value();
    return new FleetPage(
        Frame.of("Fleet", "fleet", name, node, assets),
        totals(hosts, node.now()),
        hosts.stream().map(host -> HostLine.of(host, node.now())).toList(),
        name,
        chosen.newest().map(Row::ts).map(String::valueOf).orElse(""),
        Tile.cores(chosen),
        ChartCard.of(chosen));
  }

  private static List<Total> totals(List<HostView> hosts, Instant now) {
    List<Numbers> known = hosts.stream().map(Numbers::new).toList();
    long live =
        hosts.stream()
            .filter(host -> HostState.of(host.newest(), now).kind().equals("live"))
            .count();
    int cores = hosts.stream().mapToInt(Tile::cores).sum();
    return List.of(
        new Total("hosts", "Hosts live", live + " of " + hosts.size()),
        new Total("cores", "Cores", cores == 0 ? Figures.ABSENT : Figures.count(cores)),
        new Total(
            "memory",
            "Memory used",
            Figures.bytes(sum(known, Metric.MEMORY_USED_BYTES))
                + " of "
                + Figures.bytes(sum(known, Metric.MEMORY_TOTAL_BYTES))),
        new Total(
            "disk",
            "Disk",
            Figures.bytesPerSecond(
                sum(
                    known,
                    Metric.DISK_READ_BYTES_PER_SECOND,
                    Metric.DISK_WRITTEN_BYTES_PER_SECOND))),
        new Total(
            "received",
            "Network in",
            Figures.bytesPerSecond(sum(known, Metric.NETWORK_RECEIVED_BYTES_PER_SECOND))),
        new Total(
            "sent",
            "Network out",
            Figures.bytesPerSecond(sum(known, Metric.NETWORK_SENT_BYTES_PER_SECOND))));
  }

  private static double sum(List<Numbers> hosts, Metric... scalars) {
    return hosts.stream()
        .mapToDouble(host -> host.sum(scalars))
        .filter(value -> !Double.isNaN(value))
        .reduce(Double::sum)
        .orElse(Double.NaN);
  }
}
