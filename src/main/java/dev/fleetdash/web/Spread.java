package dev.fleetdash.web;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * One number of several hosts at a moment, taken together. The browser's {@code aggregate.js} does
 * the same arithmetic.
 *
 * @param p95 the smallest of the values that at least 95 % of them do not exceed (nearest rank)
 */
record Spread(double avg, double p95, double max, double sum) {
  private static final Spread NONE = new Spread(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

  /** Of those that are known; all NaN where none is. */
  static Spread of(DoubleStream values) {
    double[] known = values.filter(value -> !Double.isNaN(value)).toArray();
    if (known.length == 0) {
      return NONE;
    }
    Arrays.sort(known);
    double sum = Arrays.stream(known).sum();
    int rank = (known.length * 95 + 99) / 100;
    return new Spread(sum / known.length, known[rank - 1], known[known.length - 1], sum);
  }
}
