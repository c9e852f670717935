package dev.fleetdash.history;

import dev.fleetdash.archive.RollupVisitor;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.LongPredicate;

/**
 * Everything of one host, from wherever it comes. Safe for use by several threads, each of which
 * gives the rows of its own part of the time.
 */
final class Gathering implements Recent.Sink {
  private final Buckets buckets;
  private final Runs runs;
  private long rows;
  private long rolledUp;
  private long end = Long.MIN_VALUE;
  private Tier coarsest = Tier.SECONDS;

  /**
   * @param room whether there is room for a line more of so many bytes
   */
  Gathering(List<Metric> metrics, Axis axis, LongPredicate room) {
    this.buckets = new Buckets(metrics, axis, room);
    this.runs = new Runs(axis.start());
  }

  /** A recent's rows are given by one thread, before all others. */
  @Override
  public Ring.Sink series(Metric metric, String key) {
    return buckets.series(metric, key);
  }

  @Override
  public synchronized void rows(long run, long first, long last, long number, int sampleSeconds) {
    rows += number;
    end = Math.max(end, last + 1);
    runs.rows(run, first, last, number, sampleSeconds);
  }

  synchronized void add(HourRows hour) {
    rows += hour.pour(buckets, runs);
    end = Math.max(end, hour.end());
  }

  /** Takes those rollup rows of an object that lie in {@code [from, to)}. */
  RollupVisitor rollups(Tier tier, long from, long to) {
    return new Rollups(tier, from, to);
  }

  /** How many rows there are, those that rollups sum up included. */
  synchronized long rows() {
    return rows;
  }

  /** The second after the last row, as far as that is known. */
  synchronized long end() {
    return end;
  }

  /** Whether some are known from rollups alone. */
  synchronized boolean anyRolledUp() {
    return rolledUp > 0;
  }

  synchronized Tier coarsest() {
    return coarsest;
  }

  /** By the runs of the rows themselves; empty where there is none. */
  synchronized OptionalDouble completeness() {
    return runs.completeness();
  }

  synchronized List<Range.Series> result(HostName host) {
    return buckets.series(host);
  }

  private final class Rollups implements RollupVisitor {
    private final Tier tier;
    private final long from;
    private final long to;
    private long ts;
    private boolean wanted;

    Rollups(Tier tier, long from, long to) {
      this.tier = tier;
      this.from = from;
      this.to = to;
    }

    @Override
    public void row(long of, long run, long count) {
      ts = of;
      wanted = of >= from && of < to;
      if (wanted) {
        synchronized (Gathering.this) {
          rows += count;
          rolledUp += count;
          end = Math.max(end, of + tier.step());
          coarsest = tier.compareTo(coarsest) > 0 ? tier : coarsest;
        }
      }
    }

    @Override
    public void value(Metric metric, long min, long max, long sum, long count) {
      if (wanted) {
        synchronized (Gathering.this) {
          buckets.series(metric, "").add(ts, min, max, sum, count);
        }
      }
    }

    @Override
    public void item(Metric metric, List<String> labels, long min, long max, long sum, long count) {
      if (wanted) {
        synchronized (Gathering.this) {
          buckets.series(metric, labels.getFirst()).add(ts, min, max, sum, count);
        }
      }
    }
  }
}
