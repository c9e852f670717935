package dev.fleetdash.web;

import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/**
 * What every page has around its content.
 *
 * @param page {@code host}, {@code fleet} or {@code error}: what the scripts start
 * @param host the host whose rows the page shows; empty where it shows none
 * @param node the host that serves the page
 * @param now the server's clock, epoch seconds, so that no browser's clock is believed
 */
public record Frame(
    String title,
    String page,
    String host,
    String node,
    long now,
    List<Alert> alerts,
    Footer footer,
    Assets assets) {
  private static final List<String> MODULES =
      List.of(
          "aggregate.js",
          "charts.js",
          "clock.js",
          "controls.js",
          "dom.js",
          "events.js",
          "format.js",
          "health.js",
          "live.js",
          "marks.js",
          "specs.js",
          "state.js",
          "stream.js",
          "tables.js",
          "tiles.js",
          "view.js");
  private static final List<String> HOST_MODULES =
      Stream.concat(MODULES.stream(), Stream.of("columns.js")).toList();
  private static final List<String> FLEET_MODULES =
      Stream.concat(
              MODULES.stream(),
              Stream.of(
                  "filter.js",
                  "form.js",
                  "gather.js",
                  "hosts.js",
                  "lanes.js",
                  "rows.js",
                  "sparks.js",
                  "totals.js"))
          .toList();

  public Frame {
    alerts = List.copyOf(alerts);
  }

  /**
   * What stands below every page.
   *
   * @param archive its location
   * @param archiveState one word or two
   * @param store what the archive's store does not do, or is not asked for; mostly empty
   * @param archiveTone as in {@link Tile}
   * @param cost what the process takes for itself, empty where unknown
   * @param price what the archive costs, empty where there is nothing to say
   * @param past the moment that is shown, RFC 3339, where it is not now; else empty
   */
  public record Footer(
      String version,
      String archive,
      String archiveState,
      String archiveTone,
      String store,
      String cost,
      String price,
      String served,
      String past) {}

  static Frame of(String title, String page, String host, NodeView node, Assets assets) {
    return new Frame(
        title,
        page,
        host,
        node.name().value(),
        node.now().getEpochSecond(),
        Alert.of(node),
        footer(node),
        assets);
  }

  /** The script that starts the page's others. */
  public String entry() {
    return page.equals("fleet") ? "fleet.js" : "app.js";
  }

  /**
   * The scripts that it needs, in no particular order: fetched at once instead of one after
   * another.
   */
  public List<String> modules() {
    return page.equals("fleet") ? FLEET_MODULES : HOST_MODULES;
  }

  /** Whether another node than the one that is shown answers. */
  public boolean foreign() {
    return !host.isEmpty() && !host.equals(node);
  }

  private static Footer footer(NodeView node) {
    String state = "unknown";
    String tone = "ok";
    String store = "";
    for (var part : node.parts()) {
      if (part.name().equals("store")) {
        store = part.detail();
      }
      if (part.name().equals("archive")) {
        state =
            switch (part.status()) {
              case STARTING -> "nothing flushed yet";
              case UP -> "up";
              case FAILING -> "failing";
            };
        tone = state.equals("failing") ? "bad" : "ok";
      }
    }
    return new Footer(
        node.version(),
        node.archive(),
        state,
        tone,
        store,
        cost(node.cost()),
        node.price().map(Frame::price).orElse(""),
        DateTimeFormatter.ISO_INSTANT.format(node.now().truncatedTo(ChronoUnit.SECONDS)),
        node.past().map(DateTimeFormatter.ISO_INSTANT::format).orElse(""));
  }

  private static String price(NodeView.Price price) {
    return "S3 takes "
        + Figures.count(price.requests())
        + " requests a month, "
        + Figures.dollars(price.dollars())
        + "; the same "
        + price.metrics()
        + " metrics in CloudWatch: "
        + Figures.dollars(price.cloudWatchDollars())
        + " (list prices of "
        + price.date()
        + ", a month like the time since the start)";
  }

  private static String cost(NodeView.OwnCost cost) {
    if (Double.isNaN(cost.cpuSecondsPerHour()) && Double.isNaN(cost.rssBytes())) {
      return "";
    }
    String cpu =
        Double.isNaN(cost.cpuSecondsPerHour())
            ? Figures.ABSENT
            : Figures.decimal(cost.cpuSecondsPerHour(), 1);
    return cpu + " CPU seconds an hour, " + Figures.bytes(cost.rssBytes()) + " resident";
  }
}
