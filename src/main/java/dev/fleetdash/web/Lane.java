package dev.fleetdash.web;

import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Metric;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The hosts of one zone, a cell each.
 *
 * @param zone empty where it is not known
 * @param label the zone, for people
 * @param summary how many there are, by state
 */
public record Lane(String zone, String label, String summary, List<Cell> cells) {
  private static final int CPU_CLASSES = 5;

  /** More cells than this are smaller. */
  private static final int MANY = 100;

  public Lane {
    cells = List.copyOf(cells);
  }

  /**
   * One host.
   *
   * @param kind names the colour: {@code cpu0} to {@code cpu4} for a live host, else its state
   */
  public record Cell(String host, String kind, String title) {}

  public boolean many() {
    return cells.size() > MANY;
  }

  /** The zone as the value of a query; {@code filter.js} has a word for none. */
  public String query() {
    return zone.isEmpty() ? "none" : URLEncoder.encode(zone, StandardCharsets.UTF_8);
  }

  /** Zones by name, those without one last. */
  static List<Lane> of(List<HostView> hosts) {
    Map<String, List<HostView>> zones = new TreeMap<>(Comparator.comparing(Lane::last));
    for (HostView host : hosts) {
      zones.computeIfAbsent(host.zone(), _ -> new ArrayList<>()).add(host);
    }
    return zones.entrySet().stream().map(zone -> of(zone.getKey(), zone.getValue())).toList();
  }

  private static String last(String zone) {
    return zone.isEmpty() ? "\uffff" : zone;
  }

  private static Lane of(String zone, List<HostView> hosts) {
    Comparator<HostView> goneLast =
        Comparator.comparing(host -> host.status().state() == State.ENDED);
    List<Cell> cells =
        hosts.stream()
            .sorted(goneLast.thenComparing(host -> host.host().value()))
            .map(Lane::cell)
            .toList();
    return new Lane(
        zone, zone.isEmpty() ? "No zone" : zone, Totals.text(Totals.byState(hosts)), cells);
  }

  private static Cell cell(HostView host) {
    State state = host.status().state();
    double cpu = new Numbers(host).get(Metric.CPU_UTILIZATION);
    String name = host.host().value();
    if (state != State.LIVE) {
      return new Cell(name, state.text(), name + ", " + state.text());
    }
    String kind =
        Double.isNaN(cpu)
            ? "none"
            : "cpu" + (int) Math.clamp(Math.floor(cpu * CPU_CLASSES), 0, CPU_CLASSES - 1);
    return new Cell(name, kind, name + ", CPU " + Figures.percent(cpu));
  }
}
