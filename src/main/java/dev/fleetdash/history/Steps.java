package dev.fleetdash.history;

import dev.fleetdash.sample.Metric;
import java.util.List;
import java.util.Set;

/** Chooses how wide a bucket is: a round number of seconds that people can read off an axis. */
final class Steps {
  private static final int DAY = 86_400;
  private static final int[] ROUND = {
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600,
    43_200, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY, 90 * DAY, 365 * DAY
  };

  private Steps() {}

  /**
   * The smallest round step that gives at most {@code points} buckets, and one more where the range
   * does not begin at a bucket's edge. It is a multiple of each host's sampling interval and of the
   * cadence of every metric, so that no bucket is empty only because nothing was due in it.
   *
   * @param seconds length of the range
   */
  static int choose(long seconds, int points, Set<Integer> sampleSeconds, List<Metric> metrics) {
    for (int step : ROUND) {
      if (step >= (double) seconds / points && fits(step, sampleSeconds, metrics)) {
        return step;
      }
    }
    throw new IllegalArgumentException(
        "a range of " + seconds + " s does not fit into " + points + " points");
  }

  private static boolean fits(int step, Set<Integer> sampleSeconds, List<Metric> metrics) {
    return sampleSeconds.stream().allMatch(interval -> step % interval == 0)
        && metrics.stream().allMatch(metric -> step % metric.cadenceSeconds() == 0);
  }
}
