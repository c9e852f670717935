package dev.fleetdash;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Gives the host back the heap that a burst of questions took. The serial collector shrinks a heap
 * only when it collects all of it, which sampling alone brings about once in hours.
 */
final class IdleHeap implements AutoCloseable {
  /** About what sampling alone needs: less is not worth the pause of some milliseconds. */
  private static final long SMALL_BYTES = 16 << 20;

  /** Before a heap that did not shrink is tried again: what filled it may have gone. */
  private static final int AGAIN_MINUTES = 10;

  private final LongSupplier committed;
  private final Runnable collect;
  private final ScheduledExecutorService minutes =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("idle-heap").factory());

  /** Bytes after the last collection of ours. */
  private long settled;

  private int minutesSince;

  /** Bytes when it was last looked at. */
  private long last = -1;

  /**
   * @param committed bytes of heap that the JVM has taken
   * @param collect collects all of it
   */
  IdleHeap(LongSupplier committed, Runnable collect) {
    this.committed = committed;
    this.collect = collect;
  }

  /** Of this process. */
  static IdleHeap ofThisProcess() {
    return new IdleHeap(Runtime.getRuntime()::totalMemory, System::gc);
  }

  void start() {
    var _ = minutes.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.MINUTES);
  }

  /** Once a minute: collects a heap that is larger than it need be and did not change meanwhile. */
  void look() {
    long now = committed.getAsLong();
    minutesSince++;
    if (now == last && now > SMALL_BYTES && (now > settled || minutesSince >= AGAIN_MINUTES)) {
      collect.run();
      now = committed.getAsLong();
      settled = now;
      minutesSince = 0;
    }
    last = now;
  }

  @Override
  public void close() {
    minutes.shutdownNow();
  }
}
