package dev.fleetdash;

import dev.fleetdash.collect.StandStill;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The last resort: ends a process that does not sample and that starting the sampler anew did not
 * help. Its thread takes no lock and allocates nothing while it watches, so that it goes on
 * whatever is stuck.
 */
final class Watchdog implements AutoCloseable {
  private final Duration interval;
  private final LongSupplier lastTick;
  private final LongSupplier nanoTime;
  private final LongConsumer pause;
  private final Runnable end;
  private final Thread thread = Thread.ofPlatform().name("watchdog").daemon().unstarted(this::run);
  private volatile boolean closed;

  /**
   * @param interval between ticks
   * @param lastTick changes with each tick
   * @param nanoTime as {@link System#nanoTime}
   * @param pause lets so many nanoseconds pass, as {@link LockSupport#parkNanos(long)}
   * @param end called when the sampler has stood still for too long
   */
  Watchdog(
      Duration interval,
      LongSupplier lastTick,
      LongSupplier nanoTime,
      LongConsumer pause,
      Runnable end) {
    this.interval = interval;
    this.lastTick = lastTick;
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.end = end;
  }

  void start() {
    thread.start();
  }

  private void run() {
    StandStill standStill = new StandStill(interval, nanoTime.getAsLong());
    while (!closed) {
      pause.accept(StandStill.WAKE.toNanos());
      if (standStill.wake(lastTick.getAsLong(), nanoTime.getAsLong()) && !closed) {
        end.run();
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
