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

  /** Of the heap, in use until the next collection. */
  private static final double MOST_USED = 0.85;

  /** A collection of all of such a heap takes some 30 ms. */
  private static final Duration BETWEEN = Duration.ofMillis(500);

  private final LongSupplier used;
  private final long mostHeld;
  private final long mostUsed;
  private final Runnable collect;
  private final LongSupplier nanoTime;
  private long collectedNanos;
  private boolean full;

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
    this.collectedNanos = nanoTime.getAsLong() - BETWEEN.toNanos();
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

  /** Whether there is; how much is in use, only a collection tells, so that one may be made. */
  boolean left() {
    return used.getAsLong() <= mostHeld || leftAfterCollection();
  }

  private synchronized boolean leftAfterCollection() {
    long now = nanoTime.getAsLong();
    if (now - collectedNanos >= BETWEEN.toNanos()) {
      collect.run();
      collectedNanos = nanoTime.getAsLong();
      full = used.getAsLong() > mostHeld;
    }
    return !full && used.getAsLong() <= mostUsed;
  }
}
