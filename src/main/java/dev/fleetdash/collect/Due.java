package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;

/**
 * What a tick asks of the collectors.
 *
 * @param ts the tick's wall second
 * @param priming whether the answer only serves as the beginning of the next one's rates
 * @param processes whether somebody looks at the top processes now
 */
public record Due(long ts, boolean priming, boolean processes) {
  /** Whether metrics of that cadence are in the tick's row. */
  boolean every(int seconds) {
    return priming || Math.floorMod(ts, (long) seconds) == 0;
  }

  /** Whether the family is in the tick's row. */
  boolean has(Family family) {
    return every(family.cadenceSeconds()) || (processes && family == Family.TOP_PROCESSES);
  }
}
