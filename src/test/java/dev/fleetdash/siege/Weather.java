package dev.fleetdash.siege;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Notes the seconds in which the machine, not the node, was slow: when the threads that make a tick
 * were ready and the kernel did not run them, or when a thread here that only sleeps woke late, as
 * in a suspended machine. A tick that is lost in such a second is nobody's fault.
 */
final class Weather implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration SLOW = Duration.ofMillis(400);

  /** A tick that is lost is felt before and after its second. */
  private static final int AROUND = 2;

  private final Vitals vitals;
  private final NavigableSet<Long> slow = new ConcurrentSkipListSet<>();
  private volatile boolean closed;

  Weather(Vitals vitals) {
    this.vitals = vitals;
    Thread.ofPlatform().daemon().name("weather").start(this::watch);
  }

  private void watch() {
    long looked = System.nanoTime();
    long waited = waited(0);
    while (!closed) {
      LockSupport.parkNanos(LOOK.toNanos());
      long now = System.nanoTime();
      long waitedNow = waited(waited);
      // The kernel adds to the waiting when it is over.
      long slept = now - looked - LOOK.toNanos();
      long late = Math.max(slept, waitedNow - waited);
      if (late > SLOW.toNanos()) {
        long second = InstantSource.system().instant().getEpochSecond();
        for (long at = second - late / 1_000_000_000; at <= second; at++) {
          slow.add(at);
        }
      }
      looked = now;
      waited = Math.max(waited, waitedNow);
    }
  }

  private long waited(long before) {
    try {
      return vitals.waitedNanos();
    } catch (IOException _) {
      return before;
    }
  }

  /** Whether the machine was slow about that time. */
  boolean slow(long epochSecond) {
    return !slow.subSet(epochSecond - AROUND, true, epochSecond + AROUND, true).isEmpty();
  }

  /** How many seconds the machine was slow. */
  int seconds() {
    return slow.size();
  }

  @Override
  public void close() {
    closed = true;
  }
}
