package dev.fleetdash.telemetry;

import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of one part of the process. The part reports after each attempt; a lasting outage is
 * logged when it begins and when it ends, and counted in between.
 *
 * <p>Safe for use by several threads.
 */
public final class Part {
  private static final Logger log = LoggerFactory.getLogger(Part.class);

  /** How a part is doing. */
  public enum Status {
    /** Nothing attempted yet. */
    STARTING,
    UP,
    FAILING
  }

  /**
   * What a part last said of itself, and since when.
   *
   * @param detail what fails and what mends it, or a note on how it is doing; may be empty
   * @param since when the status last changed
   * @param failures failed attempts since the process started
   */
  public record State(String name, Status status, String detail, Instant since, long failures) {}

  private final InstantSource clock;
  private volatile State state;

  Part(String name, InstantSource clock) {
    this.clock = clock;
    this.state = new State(name, Status.STARTING, "", clock.instant(), 0);
  }

  public State state() {
    return state;
  }

  public void up() {
    up("");
  }

  public void up(String detail) {
    State before = state;
    if (before.status() == Status.UP && before.detail().equals(detail)) {
      return;
    }
    synchronized (this) {
      before = state;
      state =
          new State(before.name(), Status.UP, detail, since(before, Status.UP), before.failures());
    }
    if (before.status() == Status.FAILING) {
      log.info("recovered part={} failures={}", before.name(), before.failures());
    }
  }

  /**
   * Reports a failed attempt.
   *
   * @param reason one sentence: what failed, and what mends it where that is known
   */
  public void failing(String reason) {
    State before;
    synchronized (this) {
      before = state;
      state =
          new State(
              before.name(),
              Status.FAILING,
              reason,
              since(before, Status.FAILING),
              before.failures() + 1);
    }
    if (before.status() != Status.FAILING) {
      log.warn("failing part={} reason=\"{}\"", before.name(), reason);
    }
  }

  private Instant since(State before, Status now) {
    return before.status() == now ? before.since() : clock.instant();
  }
}
