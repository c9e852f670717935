package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import java.util.List;
import java.util.Optional;

/**
 * Makes rollup rows from the rows of the next finer tier: minutes from an hour of {@link
 * Tier#SECONDS}, hours from {@link Tier#MINUTES}, days from {@link Tier#HOURS}. For one thread.
 */
public final class RowSums {
  private final RowReader rows = RowReader.ofSeries();
  private final RollupReader rollups = new RollupReader(RollupRow.METRICS);

  /**
   * Adds what an object holds of the time {@code [from, to)} to the rows that it belongs into.
   *
   * @param key the object's, of the tier that is next finer than {@code into}'s
   * @throws ArchiveException of kind BAD_OBJECT when the object is not good; nothing was added then
   */
  public void add(TierKey key, byte[] object, long from, long to, RollupMerge into)
      throws ArchiveException {
    if (key.tier() == Tier.SECONDS) {
      rows.stream(key.text(), object, key.host(), new FromRows(from, to, into));
    } else {
      rollups.stream(key, object, new FromRollups(from, to, into));
    }
  }

  /** Which row it belongs to, what is told; none for what is of another time. */
  private static class Target {
    private final long from;
    private final long to;
    private final RollupMerge into;
    private Optional<RollupRow> row = Optional.empty();

    Target(long from, long to, RollupMerge into) {
      this.from = from;
      this.to = to;
      this.into = into;
    }

    void begin(long ts, long run, long count) {
      row = ts >= from && ts < to ? Optional.of(into.row(ts)) : Optional.empty();
      row.ifPresent(of -> of.rows(run, count));
    }

    Optional<RollupRow> row() {
      return row;
    }
  }

  private static final class FromRows extends Target implements RowVisitor {
    FromRows(long from, long to, RollupMerge into) {
      super(from, to, into);
    }

    @Override
    public void row(long ts, long run, long uptime) {
      begin(ts, run, 1);
    }

    @Override
    public void value(Metric metric, long scaled) {
      row().ifPresent(of -> of.add(metric, scaled, scaled, scaled, 1));
    }

    @Override
    public void item(Metric metric, List<String> labels, long scaled) {
      row().ifPresent(of -> of.add(metric, labels, scaled, scaled, scaled, 1));
    }
  }

  private static final class FromRollups extends Target implements RollupVisitor {
    FromRollups(long from, long to, RollupMerge into) {
      super(from, to, into);
    }

    @Override
    public void row(long ts, long run, long count) {
      begin(ts, run, count);
    }

    @Override
    public void value(Metric metric, long min, long max, long sum, long count) {
      row().ifPresent(of -> of.add(metric, min, max, sum, count));
    }

    @Override
    public void item(Metric metric, List<String> labels, long min, long max, long sum, long count) {
      row().ifPresent(of -> of.add(metric, labels, min, max, sum, count));
    }
  }
}
