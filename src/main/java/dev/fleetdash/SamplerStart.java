package dev.fleetdash;

import dev.fleetdash.collect.Sampler;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes and starts the sampler beside everything else, because reading the host for the first time
 * takes as long as starting the server. Safe for use by several threads.
 */
final class SamplerStart implements AutoCloseable {
  /** Of making the sampler, as long as a tick may be overdue. */
  private static final Duration LONGEST_START = Duration.ofSeconds(30);

  private final Supplier<Sampler> make;
  private final Thread thread =
      Thread.ofPlatform().name("sampler-start").daemon().unstarted(this::run);
  private final long createdNanos = System.nanoTime();
  private volatile @Nullable Sampler sampler;
  private volatile boolean closed;

  SamplerStart(Supplier<Sampler> make) {
    this.make = make;
  }

  void start() {
    thread.start();
  }

  private void run() {
    Sampler made = make.get();
    sampler = made;
    if (!closed) {
      made.start();
    }
  }

  /** Since the last row; before the first one, since the process began to start. */
  Duration sinceLastTick() {
    Sampler started = sampler;
    return started == null
        ? Duration.ofNanos(System.nanoTime() - createdNanos)
        : started.sinceLastTick();
  }

  /** Changes with each row; on the monotonic clock. */
  long lastTickNanos() {
    Sampler started = sampler;
    return started == null ? createdNanos : started.lastTickNanos();
  }

  /** Whether no row came though one was due for half a minute. */
  boolean stalled() {
    Sampler started = sampler;
    return started == null ? sinceLastTick().compareTo(LONGEST_START) > 0 : started.stalled();
  }

  void lookAtProcesses() {
    Sampler started = sampler;
    if (started != null) {
      started.lookAtProcesses();
    }
  }

  /** Returns when no consumer is called any more. */
  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    Sampler started = sampler;
    if (started != null) {
      started.close();
    }
  }
}
