package dev.fleetdash.spool;

import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/**
 * Carries rows from the sampler to the spool on a thread of its own, so that a disk that hangs
 * cannot keep the next sample waiting. Rows wait for the disk in a bounded queue; past its bound
 * they are counted as dropped.
 */
public final class SpoolWriter implements Consumer<Row>, AutoCloseable {
  private static final int QUEUED_ROWS = 600;

  private final Spool spool;
  private final Counter rowsDropped;
  private final Part part;
  private final BlockingQueue<Optional<Row>> queue = new ArrayBlockingQueue<>(QUEUED_ROWS);
  private final Thread thread = Thread.ofPlatform().name("spool").daemon().unstarted(this::write);

  public SpoolWriter(Spool spool, Telemetry telemetry) {
    this.spool = spool;
    this.part = telemetry.part("spool");
    this.rowsDropped = telemetry.counter("rows_dropped", "Rows that the spool could not take");
  }

  public void start() {
    thread.start();
  }

  /** Never waits. */
  @Override
  public void accept(Row row) {
    if (!queue.offer(Optional.of(row))) {
      rowsDropped.increment();
    }
  }

  private void write() {
    try {
      for (Optional<Row> row = queue.take(); row.isPresent(); row = queue.take()) {
        append(row.get());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void append(Row row) {
    try {
      spool.append(row);
    } catch (RuntimeException | Error e) {
      // Without this thread all rows after it would be lost.
      rowsDropped.increment();
      part.failing("a row was not written, for a fault of its own: " + e);
    }
  }

  /** Returns when every row accepted is with the spool. */
  @Override
  public void close() {
    try {
      queue.put(Optional.empty());
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
