package dev.fleetdash.web;

import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Metric;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What all hosts come to; the sums are over the live ones, for the numbers of others are not of
 * now.
 *
 * @param hosts how many in all
 * @param states those there are, in the order of {@link State}; live always
 */
public record Totals(String hosts, List<Count> states, List<Figure> figures) {
  public Totals {
    states = List.copyOf(states);
    figures = List.copyOf(figures);
  }

  /** How many hosts are in a state. */
  public record Count(String state, String number) {}

  /**
   * One number over all of them.
   *
   * @param host whose figure it is, empty where it is everybody's
   */
  public record Figure(String id, String label, String figure, String host) {}

  static Totals of(List<HostView> hosts) {
    Map<State, Long> states = byState(hosts);
    states.putIfAbsent(State.LIVE, 0L);
    return new Totals(
        Figures.count((double) hosts.size()),
        states.entrySet().stream()
            .map(
                count -> new Count(count.getKey().text(), Figures.count((double) count.getValue())))
            .toList(),
        figures(hosts.stream().filter(host -> host.status().state() == State.LIVE).toList()));
  }

  static Map<State, Long> byState(List<HostView> hosts) {
    return hosts.stream()
        .collect(
            Collectors.groupingBy(
                host -> host.status().state(),
                () -> new EnumMap<>(State.class),
                Collectors.counting()));
  }

  static String text(Map<State, Long> states) {
    return states.entrySet().stream()
        .map(count -> Figures.count((double) count.getValue()) + " " + count.getKey().text())
        .collect(Collectors.joining(", "));
  }

  private static List<Figure> figures(List<HostView> live) {
    List<Numbers> known = live.stream().map(Numbers::new).toList();
    int cores = live.stream().mapToInt(Tile::cores).sum();
    return List.of(
        figure("cores", "Cores", cores == 0 ? Figures.ABSENT : Figures.count(cores)),
        figure(
            "cpu",
            "CPU, average",
            Figures.percent(
                Spread.of(known.stream().mapToDouble(n -> n.get(Metric.CPU_UTILIZATION))).avg())),
        figure(
            "memory",
            "Memory used",
            Figures.bytes(sum(known, Metric.MEMORY_USED_BYTES))
                + " of "
                + Figures.bytes(sum(known, Metric.MEMORY_TOTAL_BYTES))),
        figure(
            "disk",
            "Disk",
            Figures.bytesPerSecond(
                sum(
                    known,
                    Metric.DISK_READ_BYTES_PER_SECOND,
                    Metric.DISK_WRITTEN_BYTES_PER_SECOND))),
        figure(
            "received",
            "Network in",
            Figures.bytesPerSecond(sum(known, Metric.NETWORK_RECEIVED_BYTES_PER_SECOND))),
        figure(
            "sent",
            "Network out",
            Figures.bytesPerSecond(sum(known, Metric.NETWORK_SENT_BYTES_PER_SECOND))),
        fullest(live));
  }

  private static Figure fullest(List<HostView> live) {
    return live.stream()
        .filter(host -> host.value(Metric.FILESYSTEM_USED_RATIO_MAX).isPresent())
        .max(
            Comparator.comparingDouble(
                host -> new Numbers(host).get(Metric.FILESYSTEM_USED_RATIO_MAX)))
        .map(host ->
            new Figure(
                "fullest",
                "Fullest disk space",
                Figures.percent(new Numbers(host).get(Metric.FILESYSTEM_USED_RATIO_MAX)),
                host.host().value()))
        .orElse(figure("fullest", "Fullest disk space", Figures.ABSENT));
  }

  private static Figure figure(String id, String label, String figure) {
    return new Figure(id, label, figure, "");
  }

  private static double sum(List<Numbers> hosts, Metric... scalars) {
    return Spread.of(hosts.stream().mapToDouble(host -> host.sum(scalars))).sum();
  }
}
