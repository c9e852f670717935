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
  public Ring.Sink series(Metric metric, String key) {
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
  private final class Line implements Ring.Sink {
    private final long[] min = new long[count];
    private final long[] max = new long[count];
    private final long[] sum = new long[count];
    private final int[] values = new int[count];

    Line() {
      Arrays.fill(min, Row.ABSENT);
      Arrays.fill(max, Row.ABSENT);
    }

    @Override
    public void add(long ts, long least, long most, long total, int number) {
      int bucket = Math.toIntExact((ts - start) / step);
      min[bucket] = values[bucket] == 0 ? least : Math.min(min[bucket], least);
      max[bucket] = Math.max(max[bucket], most);
      sum[bucket] += total;
      values[bucket] += number;
    }

    Range.Series series(HostName host, Metric metric, String key) {
      double[] avg = new double[count];
      for (int i = 0; i < count; i++) {
        avg[i] = values[i] == 0 ? Double.NaN : metric.unit().average(sum[i], values[i]);
      }
      return new Range.Series(host, metric, key, min, avg, max);
    }
  }
}
