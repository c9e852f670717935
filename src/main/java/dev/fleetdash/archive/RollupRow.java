package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Sums up the rows of one minute, hour or day, and writes them as one line:
 *
 * <pre>
 *   {"ts":1795428900,"host":"web-1","run":1795420000123,"count":60,
 *    "cpu_utilization":{"min":0.01,"max":0.5,"sum":7.25},
 *    "processes":{"min":101,"max":103,"sum":612,"count":6},
 *    "filesystems":[{"mount":"/","type":"ext4","count":6,"used_bytes":{"min":1,"max":3,"sum":12}}]}
 * </pre>
 *
 * <p>{@code ts} is the first second, {@code run} the greatest run among the rows, {@code count} how
 * many rows there were. A metric's own {@code count}, the rows that have it, is written where it
 * differs: from the row's, or for a metric of an item from the item's. Sums are exact; one that
 * exceeds 64 bits is left out. Families without series are left out, as are items beyond {@link
 * #MOST_ITEMS}, those that were seen least first. For one thread.
 */
public final class RollupRow {
  /** What a rollup holds: all scalars, and the families that have series. */
  public static final List<Metric> METRICS =
      Arrays.stream(Metric.values())
          .filter(metric -> metric.family().map(Family::charted).orElse(true))
          .toList();

  /** Of all families together. Bounds the line where interfaces or mounts come and go. */
  static final int MOST_ITEMS = 512;

  /** Likewise, where they have long names. */
  private static final int ROOM = 3 * RowScanner.LONGEST_LINE / 4;

  private static final int MOST_BYTES_A_CHAR = 6;
  private static final int MOST_BYTES_A_METRIC = 160;

  private static final JsonFactory JSON = new JsonFactory();
  private static final int TYPICAL_BYTES = 8192;

  private final long ts;
  private final HostName host;
  private final Map<Metric, Summary> scalars = new EnumMap<>(Metric.class);
  private final Map<Family, Map<List<String>, Map<Metric, Summary>>> items =
      new EnumMap<>(Family.class);
  private long run;
  private long count;

  /**
   * @param ts the first second
   */
  public RollupRow(long ts, HostName host) {
    this.ts = ts;
    this.host = host;
  }

  public long ts() {
    return ts;
  }

  /** How many rows it sums up. */
  public long count() {
    return count;
  }

  /** Counts some rows of a run; their numbers follow. */
  public void rows(long ofRun, long number) {
    run = Math.max(run, ofRun);
    count += number;
  }

  /** Adds what some rows have of a scalar. */
  public void add(Metric metric, long min, long max, long sum, long number) {
    scalars.computeIfAbsent(metric, _ -> new Summary()).add(min, max, sum, number);
  }

  /** Adds what some rows have of an item. */
  public void add(Metric metric, List<String> labels, long min, long max, long sum, long number) {
    items
        .computeIfAbsent(metric.family().orElseThrow(), _ -> new HashMap<>())
        .computeIfAbsent(labels, _ -> new EnumMap<>(Metric.class))
        .computeIfAbsent(metric, _ -> new Summary())
        .add(min, max, sum, number);
  }

  /** One JSON object in UTF-8, without a newline. */
  public byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_BYTES);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeNumberProperty("ts", ts);
      out.writeStringProperty("host", host.value());
      out.writeNumberProperty("run", run);
      out.writeNumberProperty("count", count);
      scalars.forEach((metric, summary) -> summary(out, metric, summary, count));
      Room room = new Room();
      items.forEach((family, found) -> items(out, family, kept(found, room)));
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private record SeenItem(List<String> labels, Map<Metric, Summary> metrics) {
    /** In how many rows: the most of any metric. */
    long count() {
      return metrics.values().stream().mapToLong(Summary::count).max().orElse(0);
    }

    int mostBytes() {
      int chars = labels.stream().mapToInt(String::length).sum();
      return MOST_BYTES_A_CHAR * chars + MOST_BYTES_A_METRIC * (metrics.size() + 1);
    }
  }

  /** What a line has left for items. */
  private static final class Room {
    private int items = MOST_ITEMS;
    private int bytes = ROOM;

    boolean take(SeenItem item) {
      if (items == 0 || item.mostBytes() > bytes) {
        return false;
      }
      items--;
      bytes -= item.mostBytes();
      return true;
    }
  }

  /** Those seen most, in the order of their labels. */
  private static List<SeenItem> kept(Map<List<String>, Map<Metric, Summary>> found, Room room) {
    List<SeenItem> all = new ArrayList<>();
    found.forEach((labels, metrics) -> all.add(new SeenItem(labels, metrics)));
    Comparator<SeenItem> byLabels =
        Comparator.comparing(item -> item.labels(), RollupRow::compareLabels);
    return all.stream()
        .sorted(Comparator.comparingLong(SeenItem::count).reversed().thenComparing(byLabels))
        .filter(room::take)
        .sorted(byLabels)
        .toList();
  }

  private static int compareLabels(List<String> one, List<String> other) {
    for (int i = 0; i < one.size(); i++) {
      int compared = one.get(i).compareTo(other.get(i));
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }

  private static void items(JsonGenerator out, Family family, List<SeenItem> items) {
    out.writeName(family.field());
    out.writeStartArray();
    for (SeenItem item : items) {
      out.writeStartObject();
      for (int i = 0; i < family.labels().size(); i++) {
        out.writeStringProperty(family.labels().get(i), wellFormed(item.labels().get(i)));
      }
      long seen = item.count();
      out.writeNumberProperty("count", seen);
      item.metrics().forEach((metric, summary) -> summary(out, metric, summary, seen));
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  /** Half a surrogate pair, which an escape in JSON can make, has no UTF-8. */
  private static String wellFormed(String label) {
    return new String(label.getBytes(UTF_8), UTF_8);
  }

  private static void summary(JsonGenerator out, Metric metric, Summary summary, long count) {
    out.writeName(metric.field());
    out.writeStartObject();
    number(out, "min", metric, summary.min());
    number(out, "max", metric, summary.max());
    if (summary.sum() != Row.ABSENT) {
      number(out, "sum", metric, summary.sum());
    }
    if (summary.count() != count) {
      out.writeNumberProperty("count", summary.count());
    }
    out.writeEndObject();
  }

  private static void number(JsonGenerator out, String name, Metric metric, long scaled) {
    out.writeName(name);
    out.writeNumber(metric.unit().decimal(scaled));
  }
}
