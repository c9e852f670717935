package dev.fleetdash.web;

import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * One host, as its page shows it before any script runs: now, or at its last second.
 *
 * @param since when its state began, epoch seconds
 * @param reason of its state, empty where there is none
 * @param last its newest row's time where that is not now, RFC 3339; else empty
 * @param newest the newest row's epoch second, empty where there is none
 * @param sample seconds between rows
 * @param cores 0 where unknown
 */
public record HostPage(
    Frame frame,
    String host,
    String place,
    HostState state,
    long since,
    String reason,
    String last,
    String uptime,
    String newest,
    int sample,
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
    boolean past = host.status().state() != State.LIVE;
    return new HostPage(
        Frame.of(name, "host", name, node, assets),
        name,
        host.place(),
        HostState.of(host.status(), node.now()),
        host.status().since(),
        host.status().reason().orElse(""),
        past ? host.newest().map(HostPage::time).orElse("") : "",
        Figures.duration(host.value(Metric.UPTIME_SECONDS).orElse(Double.NaN)),
        host.newestTs(),
        host.sampleSeconds(),
        Tile.cores(host),
        Tile.of(host),
        ChartCard.of(host),
        Tables.of(host));
  }

  private static String time(Row row) {
    return DateTimeFormatter.ISO_INSTANT.format(Instant.ofEpochSecond(row.ts()));
  }
}
