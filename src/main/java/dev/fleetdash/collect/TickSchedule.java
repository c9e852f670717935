package dev.fleetdash.collect;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * When to sample: at wall seconds that are multiples of the interval, as far as the monotonic clock
 * agrees.
 *
 * <p>The time between two targets lies between one half and one and a half intervals whatever the
 * wall clock does, so that a step in either direction neither stalls nor bursts the sampling; it
 * only changes the seconds that rows are labelled with. A target that was overslept by an interval or
 * more is missed and not made up. Pure arithmetic; not thread-safe.
 */
final class TickSchedule {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final long MICROS_PER_SECOND = 1_000_000;

  private final long interval;
  private long targetNanos;

  /**
   * @param ts the wall second that the row is labelled with, a multiple of the interval
   * @param missed targets that passed without a tick since the one before
   */
  record Tick(long ts, long missed) {}

  TickSchedule(Duration interval) {
    this.interval = interval.toNanos() / NANOS_PER_MICRO;
  }

  /** Aims at the next multiple of the interval that is no nearer than {@code lead}. */
  void start(Instant wall, long nanos, Duration lead) {
    long earliest = micros(wall) + lead.toNanos() / NANOS_PER_MICRO;
    long boundary = Math.ceilDiv(earliest, interval) * interval;
    targetNanos = nanos + (boundary - micros(wall)) * NANOS_PER_MICRO;
  }

  /** Names the tick that begins now, and aims at the one after it. */
  Tick begin(Instant wall, long nanos) {
    long late = (nanos - targetNanos) / NANOS_PER_MICRO;
    long missed = Math.max(0, late / interval);
    long aimed = micros(wall) - (late - missed * interval);
    long boundary = Math.floorDiv(aimed + interval / 2, interval) * interval;
    long next = (missed + 1) * interval - (aimed - boundary);
    targetNanos += next * NANOS_PER_MICRO;
    return new Tick(boundary / MICROS_PER_SECOND, missed);
  }

  /** Nanoseconds from now to the target; 0 where it has passed. */
  long delay(long nanos) {
    return Math.max(0, targetNanos - nanos);
  }

  private static long micros(Instant wall) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, wall);
  }
}
