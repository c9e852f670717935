package dev.fleetdash.history;

import dev.fleetdash.archive.Tier;
import java.util.Arrays;
import java.util.Set;

/**
 * The buckets of an answer: bucket {@code i} holds the rows of {@code [start + i * step, start + (i
 * + 1) * step)}.
 *
 * @param start epoch seconds, a multiple of {@code step}
 * @param step seconds
 * @param buckets how many
 */
public record Axis(long start, int step, int buckets) {
  /**
   * @param sampleSeconds of the hosts, divisors of 60
   */
  static Axis of(RangeQuery query, Set<Integer> sampleSeconds) {
    int step =
        Steps.choose(query.to() - query.from(), query.points(), sampleSeconds, query.metrics());
    long start = Math.floorDiv(query.from(), step) * step;
    return new Axis(start, step, Math.toIntExact(-Math.floorDiv(start - query.to(), (long) step)));
  }

  /** The coarsest tier whose rows fit into the buckets. */
  public Tier tier() {
    return Arrays.stream(Tier.values())
        .filter(tier -> step % tier.step() == 0)
        .reduce((_, coarser) -> coarser)
        .orElseThrow();
  }

  /** The second after the last bucket. */
  public long end() {
    return start + (long) buckets * step;
  }
}
