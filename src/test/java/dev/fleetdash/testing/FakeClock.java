package dev.fleetdash.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A wall clock that a test sets, and a monotonic one that goes on only as time is said to pass. */
public final class FakeClock implements InstantSource {
  private volatile Instant now;
  private volatile long nanos;

  public FakeClock(String start) {
    this.now = Instant.parse(start);
  }

  @Override
  public Instant instant() {
    return now;
  }

  /** As {@link System#nanoTime}: what was set does not move it. */
  public long nanos() {
    return nanos;
  }

  /** Lets time pass. */
  public synchronized void advance(Duration by) {
    now = now.plus(by);
    nanos += by.toNanos();
  }

  /** Steps the wall clock. */
  public void set(Instant to) {
    now = to;
  }
}
