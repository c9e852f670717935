package dev.fleetdash.history;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers one host's values into buckets. Sums are exact, because the values are scaled integers.
 * For one thread.
 */
final class Buckets implements Ring.Reader {
  private final long start;
  private final int step;
  private final int count;
  private final Map<Metric, Map<String, Line>> lines = new LinkedHashMap<>();

  /**
   * @param start epoch seconds, a multiple of {@code step}
   */
  Buckets(List<Metric> metrics, long start, int step, int count) {
    this.start = start;
    this.step = step;
    this.count = count;
    metrics.forEach(metric -> lines.put(metric, new LinkedHashMap<>()));
  }

  @Override
  public Line series(Metric metric, String key) {
    Map<String, Line> keys = lines.get(metric);
    if (keys == null) {
      throw new IllegalArgumentException(metric + " was not asked for");
    }
    return keys.computeIfAbsent(key, _ -> new Line());
  }

  /**
   * A scalar metric of which nothing was found is a line without values; a family of which nothing
   * was found has no line.
   */
  List<Range.Series> series(HostName host) {
    return lines.entrySet().stream()
        .flatMap(of -> {
          Metric metric = of.getKey();
          if (metric.scalar() && of.getValue().isEmpty()) {
            of.getValue().put("", new Line());
          }
          return of.getValue().entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(line -> line.getValue().series(host, metric, line.getKey()));
        })
        .toList();
  }

  /** One series; values outside of the range are an error of the caller's. */
  final class Line implements Ring.Sink {
    private final long[] min = new long[count];
    private final long[] max = new long[count];
    private final long[] sum = new long[count];
    private final long[] values = new long[count];

    private Line() {
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
      int bucket = Math.toIntExact((ts - start) / step);
      min[bucket] = values[bucket] == 0 ? least : Math.min(min[bucket], least);
      max[bucket] = Math.max(max[bucket], most);
      sum[bucket] = sum(sum[bucket], total);
      values[bucket] += number;
    }

    Range.Series series(HostName host, Metric metric, String key) {
      double[] avg = new double[count];
      for (int i = 0; i < count; i++) {
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
