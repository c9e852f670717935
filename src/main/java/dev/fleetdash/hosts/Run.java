package dev.fleetdash.hosts;

import java.util.Optional;

/**
 * One process start, as far as it was up on the record's day.
 *
 * @param run as in rows
 * @param start the first second, epoch seconds
 * @param end the second after the last one known; until a run has ended it is as old as the record
 * @param how empty while it goes on; a departure's reason, {@link #CONTINUED}, {@link #KILLED} or
 *     {@link #LOST}
 */
public record Run(long run, long start, long end, Optional<String> how) {
  /** Into the next day. */
  public static final String CONTINUED = "continued";

  /** Without a word; the next start on the machine has found out. */
  public static final String KILLED = "killed";

  /** Without a word, and no other start came. */
  public static final String LOST = "lost";

  Run ended(String reason) {
    return new Run(run, start, end, Optional.of(reason));
  }
}
