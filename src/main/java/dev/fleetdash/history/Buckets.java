package dev.fleetdash.history;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * Gathers one host's values into buckets. Sums are exact, because the values are scaled integers.
 * For one thread.
 */
final class Buckets implements Ring.Reader {
  /** Of a bucket of a line: least, most, sum, number, and in the end the average. */
  private static final int BUCKET_BYTES = 5 * Long.BYTES;

  private static final int LINE_BYTES = 256;

  private final Axis axis;
  private final LongPredicate room;
  private final Line nowhere = new Line(0);
  private final Map<Metric, Map<String, Line>> lines = new LinkedHashMap<>();

  /**
   * @param room whether there is room for a line more of so many bytes; one for which there is none
   *     is left out
   */
  Buckets(List<Metric> metrics, Axis axis, LongPredicate room) {
    this.axis = axis;
    this.room = room;
    metrics.forEach(metric -> lines.put(metric, new LinkedHashMap<>()));
  }

  @Override
  public Line series(Metric metric, String key) {
    Map<String, Line> keys = lines.get(metric);
    if (keys == null) {
      throw new IllegalArgumentException(metric + " was not asked for");
    }
    Line line = keys.get(key);
    if (line == null && !room.test(bytes(axis))) {
      return nowhere;
    }
    return line != null ? line : keys.computeIfAbsent(key, _ -> new Line(axis.buckets()));
  }

  /** What a line takes. */
  static long bytes(Axis axis) {
    return LINE_BYTES + (long) BUCKET_BYTES * axis.buckets();
  }

  /**
   * A scalar metric of which nothing was found is a line without values; a family of which nothing
   * was found has no line.
   */
  List<Range.Series> series(HostName host) {
    return lines.entrySet().stream()
        .flatMap(of -> {
          Metric metric = of.getKey();
          if (metric.scalar()) {
            series(metric, "");
          }
          return of.getValue().entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(line -> line.getValue().series(host, metric, line.getKey()));
        })
        .toList();
  }

  /** One series; values outside of the range are an error of the caller's. */
  final class Line implements Ring.Sink {
    private final long[] min;
    private final long[] max;
    private final long[] sum;
    private final long[] values;

    private Line(int buckets) {
      min = new long[buckets];
      max = new long[buckets];
      sum = new long[buckets];
      values = new long[buckets];
      Arrays.fill(min, Row.ABSENT);
      Arrays.fill(max, Row.ABSENT);
    }

    @Override
    public void add(long ts, long least, long most, long total, int number) {
      add(ts, least, most, total, (long) number);
    }

    /**
     * Likewise.
     *
     * @param total {@link Row#ABSENT} where it does not fit; the average is not known then
     */
    void add(long ts, long least, long most, long total, long number) {
      if (values.length == 0) {
        return;
      }
      int bucket = Math.toIntExact((ts - axis.start()) / axis.step());
      min[bucket] = values[bucket] == 0 ? least : Math.min(min[bucket], least);
      max[bucket] = Math.max(max[bucket], most);
      sum[bucket] = sum(sum[bucket], total);
      values[bucket] += number;
    }

    Range.Series series(HostName host, Metric metric, String key) {
      double[] avg = new double[values.length];
      for (int i = 0; i < avg.length; i++) {
        boolean known = values[i] > 0 && sum[i] != Row.ABSENT;
        avg[i] = known ? metric.unit().average(sum[i], values[i]) : Double.NaN;
      }
      return new Range.Series(host, metric, key, min, avg, max);
    }
  }

  private static long sum(long sum, long total) {
    if (sum == Row.ABSENT || total == Row.ABSENT) {
      return Row.ABSENT;
    }
    long both = sum + total;
    boolean overflow = ((sum ^ both) & (total ^ both)) < 0;
    return overflow ? Row.ABSENT : both;
  }
}
