package dev.fleetdash.web;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether the heap has room for one more question. What answers, streams and the picture of a fleet
 * take is bounded for each kind by itself; this is for all kinds at once, whose bounds together are
 * more than a small heap. Safe for use by several threads.
 */
final class HeapRoom {
  /** Of the heap, held after a collection; the rest is for what was let in already. */
  private static final double MOST_HELD = 0.7;

  /** Of the heap, in use: past that a collection has to tell how much of it is held. */
  private static final double MOST_USED = 0.85;

  /** Of a full heap: a collection of all of it takes some 30 ms. */
  private static final Duration BETWEEN = Duration.ofMillis(500);

  private final LongSupplier used;
  private final long mostHeld;
  private final long mostUsed;
  private final Runnable collect;
  private final LongSupplier nanoTime;
  private long collectedNanos;
  private volatile boolean full;

  /**
   * @param used bytes of the heap, with what nobody holds any more
   * @param size bytes that the heap may have
   * @param collect lets go of what nobody holds any more
   * @param nanoTime as {@link System#nanoTime}
   */
  HeapRoom(LongSupplier used, long size, Runnable collect, LongSupplier nanoTime) {
    this.used = used;
    this.mostHeld = (long) (MOST_HELD * size);
    this.mostUsed = (long) (MOST_USED * size);
    this.collect = collect;
    this.nanoTime = nanoTime;
  }

  /** Of this process. */
  static HeapRoom ofThisProcess() {
    Runtime runtime = Runtime.getRuntime();
    return new HeapRoom(
        () -> runtime.totalMemory() - runtime.freeMemory(),
        runtime.maxMemory(),
        System::gc,
        System::nanoTime);
  }

  /** Whether there is; how much is held, only a collection tells, so that one may be made. */
  boolean left() {
    long now = used.getAsLong();
    return now <= mostHeld || (!full && now <= mostUsed) || leftAfterCollection();
  }

  private synchronized boolean leftAfterCollection() {
    if (full && nanoTime.getAsLong() - collectedNanos < BETWEEN.toNanos()) {
      return false;
    }
    if (!full && used.getAsLong() <= mostUsed) {
      // Somebody else has collected meanwhile.
      return true;
    }
    collect.run();
    collectedNanos = nanoTime.getAsLong();
    full = used.getAsLong() > mostHeld;
    return !full;
  }
}
