package dev.fleetdash.collect;

import java.time.Duration;

/**
 * How much a thing's counters grew between the two latest reads, and in what time.
 *
 * <p>An increase is unknown (NaN, never 0) after the first read, after a gap too long to mean
 * anything, and where the counter is now smaller than before, which says that it was reset. Time is
 * monotonic, so that no step of the clock touches a rate. Not thread-safe.
 */
final class CounterDelta {
  /** Stands for a counter that could not be read. */
  static final long UNKNOWN = -1;

  private final long longestGapNanos;
  private final long[] latest;
  private final double[] increases;
  private long latestNanos;
  private double seconds = Double.NaN;
  private boolean started;

  /**
   * @param counters how many counters the thing has
   * @param longestGap the time between two reads beyond which nothing is said
   */
  CounterDelta(int counters, Duration longestGap) {
    this.longestGapNanos = longestGap.toNanos();
    this.latest = new long[counters];
    this.increases = new double[counters];
  }

  /** Takes the counters as they are at a monotonic time; a negative one is unknown. */
  void read(long nanos, long... counters) {
    long gap = nanos - latestNanos;
    boolean comparable = started && gap > 0 && gap <= longestGapNanos;
    seconds = comparable ? gap / 1e9 : Double.NaN;
    for (int i = 0; i < latest.length; i++) {
      boolean grown = comparable && latest[i] >= 0 && counters[i] >= latest[i];
      increases[i] = grown ? counters[i] - latest[i] : Double.NaN;
      latest[i] = counters[i];
    }
    latestNanos = nanos;
    started = true;
  }

  /** Seconds between the two latest reads; NaN where they cannot be compared. */
  double seconds() {
    return seconds;
  }

  /** Whether the two latest reads can be compared at all, whatever became of single counters. */
  boolean comparable() {
    return !Double.isNaN(seconds);
  }

  double increase(int counter) {
    return increases[counter];
  }

  double perSecond(int counter) {
    return increases[counter] / seconds;
  }
}
