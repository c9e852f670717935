package dev.fleetdash.sample;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A group of labelled metrics: one array of the row, one item of the array per thing that is
 * measured.
 */
public enum Family {
  CORES("cores", List.of("core"), 10),
  FILESYSTEMS("filesystems", List.of("mount", "type"), 10),
  DISKS("disks", List.of("disk"), 10),
  INTERFACES("interfaces", List.of("interface"), 10),
  TEMPERATURES("temperatures", List.of("sensor"), 10),
  /**
   * The union of the ten busiest and the ten largest. Names and owners only: arguments hold
   * secrets.
   */
  TOP_PROCESSES("top_processes", List.of("name", "pid", "user"), 30);

  private final String field;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> labels;

  private final int cadenceSeconds;

  Family(String field, List<String> labels, int cadenceSeconds) {
    this.field = field;
    this.labels = labels;
    this.cadenceSeconds = cadenceSeconds;
  }

  /** The array's name in the row. */
  public String field() {
    return field;
  }

  /**
   * Names of an item's labels, in the order of {@link Item#labels}; the first one tells the items
   * of a row apart.
   */
  public List<String> labels() {
    return labels;
  }

  /** Names the item within its row, as in {@code mount="/"}. */
  public String keyLabel() {
    return labels.getFirst();
  }

  /** How often the array is in a row: at every UTC multiple of this many seconds. */
  public int cadenceSeconds() {
    return cadenceSeconds;
  }

  /** The metrics of an item, in the order of {@link Item#value}. */
  public List<Metric> metrics() {
    return Metrics.OF.getOrDefault(this, List.of());
  }

  /**
   * Whether each item is worth a line in a chart. Processes come and go, so they are kept in the
   * archive but have no series.
   */
  public boolean charted() {
    return this != TOP_PROCESSES;
  }

  /** Holder, because {@link Metric} and this enum refer to each other. */
  private static final class Metrics {
    private static final Map<Family, List<Metric>> OF =
        Arrays.stream(Metric.values())
            .filter(metric -> !metric.scalar())
            .collect(Collectors.groupingBy(metric -> metric.family().orElseThrow()));
  }
}
