package dev.fleetdash.hosts;

import java.util.List;
import java.util.Optional;

/**
 * One process start, as far as it was up on the record's day. Where the host's clock was set
 * meanwhile, it is several, in the order in which they passed.
 *
 * @param run as in rows
 * @param start the first second, epoch seconds
 * @param end the second after the last one known; until a run has ended it is as old as the record
 * @param how empty while it goes on; a departure's reason, {@link #CONTINUED}, {@link #CLOCK_SET},
 *     {@link #KILLED} or {@link #LOST}
 */
public record Run(long run, long start, long end, Optional<String> how) {
  /** Into the next day. */
  public static final String CONTINUED = "continued";

  /** At the time that the clock was set to. */
  public static final String CLOCK_SET = "clock set";

  /** Without a word; the next start on the machine has found out. */
  public static final String KILLED = "killed";

  /** Without a word, and no other start came. */
  public static final String LOST = "lost";

  /** Whether the process went on after that, on another day or at another time. */
  public boolean wentOn() {
    return how.filter(word -> word.equals(CONTINUED) || word.equals(CLOCK_SET)).isPresent();
  }

  /**
   * When the last of the runs began, by the clock as it was at its end: all its times together are
   * how long it was up.
   *
   * @param runs at least one, in order
   */
  public static long began(List<Run> runs) {
    Run last = runs.getLast();
    long up =
        runs.stream()
            .filter(of -> of.run() == last.run())
            .mapToLong(of -> Math.max(0, of.end() - of.start()))
            .sum();
    return last.end() - up;
  }

  Run ended(String reason) {
    return new Run(run, start, end, Optional.of(reason));
  }
}
