package dev.fleetdash.collect;

import java.time.Duration;

/**
 * Tells a sampler that stands still from a process that was stopped. It counts how often its owner
 * woke while no tick came, not how much time passed: who is suspended, or waits for memory that was
 * swapped out, does not wake either. Allocates nothing, so that it works when the heap is full; for
 * one thread.
 */
public final class StandStill {
  /** Between two wakes that count. */
  public static final Duration WAKE = Duration.ofSeconds(5);

  /** Beyond the sampling interval. The sampler was started anew several times by then. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  private final long limit;
  private long tick;
  private long wakes;
  private long countedNanos;

  /**
   * @param interval between ticks
   * @param nanos now, on the monotonic clock
   */
  public StandStill(Duration interval, long nanos) {
    this.limit = Math.ceilDiv(LIMIT.plus(interval).toNanos(), WAKE.toNanos());
    this.countedNanos = nanos;
  }

  /**
   * Takes note of a wake; one that comes too soon after the last does not count.
   *
   * @param lastTick changes with each tick
   * @param nanos now, on the monotonic clock
   * @return whether no tick came for as many wakes as make up the limit
   */
  public boolean wake(long lastTick, long nanos) {
    if (lastTick != tick) {
      tick = lastTick;
      wakes = 0;
      countedNanos = nanos;
      return false;
    }
    if (nanos - countedNanos >= WAKE.toNanos()) {
      countedNanos = nanos;
      wakes++;
    }
    return wakes >= limit;
  }
}
