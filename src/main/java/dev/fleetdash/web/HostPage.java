package dev.fleetdash.web;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;

/**
 * One host, as its page shows it before any script runs.
 *
 * @param newest the newest row's epoch second, empty where there is none
 * @param cores 0 where unknown
 */
public record HostPage(
    Frame frame,
    String host,
    String place,
    HostState state,
    String uptime,
    String newest,
    int cores,
    List<Tile> tiles,
    List<ChartCard> charts,
    List<Table> tables) {
  public HostPage {
    tiles = List.copyOf(tiles);
    charts = List.copyOf(charts);
    tables = List.copyOf(tables);
  }

  static HostPage of(HostView host, NodeView node, Assets assets) {
    String name = host.host().value();
    return new HostPage(
        Frame.of(name, "host", name, node, assets),
        name,
        host.place(),
        HostState.of(host.newest(), node.now()),
        Figures.duration(host.value(Metric.UPTIME_SECONDS).orElse(Double.NaN)),
        host.newest().map(Row::ts).map(String::valueOf).orElse(""),
        Tile.cores(host),
        Tile.of(host),
        ChartCard.of(host),
        Tables.of(host));
  }
}
