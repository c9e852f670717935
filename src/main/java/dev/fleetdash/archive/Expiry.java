package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Asks every hour whether retention is due, on a thread of its own. */
public final class Expiry implements AutoCloseable {
  private final Retention retention;
  private final Part part;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("expiry").factory());

  public Expiry(Retention retention, Telemetry telemetry) {
    this.retention = retention;
    this.part = telemetry.part("retention");
  }

  /**
   * The first time after an hour: a clock that was wrong when the machine booted, which may be the
   * file system's as well, has been set by then.
   */
  public void start() {
    var _ = thread.scheduleWithFixedDelay(this::apply, 1, 1, TimeUnit.HOURS);
  }

  private void apply() {
    try {
      retention.applyIfDue();
      part.up();
    } catch (IOException | RuntimeException | Error e) {
      part.failing("old objects are not deleted: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
