package dev.fleetdash.audit;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RollupRow;
import dev.fleetdash.archive.RollupVisitor;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The rows that a rollup object has of some time, with all their numbers. */
final class RollupRows {
  private RollupRows() {}

  /** One summary; {@code sum} may be {@link Row#ABSENT}. */
  record Numbers(long min, long max, long sum, long count) {
    String shown(Metric metric) {
      return "min %s, max %s, sum %s, count %d"
          .formatted(text(metric, min), text(metric, max), text(metric, sum), count);
    }

    private static String text(Metric metric, long scaled) {
      return scaled == Row.ABSENT ? "left out" : metric.unit().decimal(scaled).toString();
    }
  }

  /** What a number is of. */
  record Of(Metric metric, List<String> labels) {
    @Override
    public String toString() {
      return metric.fullName() + (labels.isEmpty() ? "" : " of " + labels.getFirst());
    }
  }

  /** One row. */
  record OneRow(long run, long count, Map<Of, Numbers> numbers) {

    /** The first difference, or empty. */
    Optional<String> differenceFrom(OneRow wanted) {
      if (run != wanted.run) {
        return Optional.of("run is %d, and should be %d".formatted(run, wanted.run));
      }
      for (Map.Entry<Of, Numbers> entry : wanted.numbers.entrySet()) {
        Numbers has = numbers.get(entry.getKey());
        if (!entry.getValue().equals(has)) {
          Metric metric = entry.getKey().metric();
          return Optional.of(
              "%s has %s, and should have %s"
                  .formatted(
                      entry.getKey(),
                      has == null ? "nothing" : has.shown(metric),
                      entry.getValue().shown(metric)));
        }
      }
      return numbers.keySet().stream()
          .filter(of -> !wanted.numbers.containsKey(of))
          .findFirst()
          .map(of -> of + " has numbers, and should have none");
    }
  }

  /**
   * The rows of {@code [from, to)}.
   *
   * @throws ArchiveException of kind BAD_OBJECT
   */
  static NavigableMap<Long, OneRow> of(TierKey key, byte[] object, long from, long to)
      throws ArchiveException {
    Collector collector = new Collector(from, to);
    new RollupReader(RollupRow.METRICS).read(key, object, collector);
    return collector.rows;
  }

  private static final class Collector implements RollupVisitor {
    private final long from;
    private final long to;
    private final NavigableMap<Long, OneRow> rows = new TreeMap<>();
    private Map<Of, Numbers> numbers = new HashMap<>();
    private boolean wanted;

    Collector(long from, long to) {
      this.from = from;
      this.to = to;
    }

    @Override
    public void row(long ts, long run, long count) {
      wanted = ts >= from && ts < to;
      if (wanted) {
        numbers = new HashMap<>();
        rows.put(ts, new OneRow(run, count, numbers));
      }
    }

    @Override
    public void value(Metric metric, long min, long max, long sum, long count) {
      if (wanted) {
        numbers.put(new Of(metric, List.of()), new Numbers(min, max, sum, count));
      }
    }

    @Override
    public void item(Metric metric, List<String> labels, long min, long max, long sum, long count) {
      if (wanted) {
        numbers.put(new Of(metric, labels), new Numbers(min, max, sum, count));
      }
    }
  }
}
