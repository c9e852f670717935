package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Flusher;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What keeps a host's rows in the archive, put together as at a process start, on a clock that the
 * test drives.
 */
record Keeping(Flusher flusher, Compactor compactor) implements AutoCloseable {
  /**
   * Puts it together; nothing begins by itself.
   *
   * @param flush time between flushes
   * @param late how long after the end of an hour its last rows are put
   */
  static Keeping of(
      Archive archive,
      Registrar registrar,
      Path directory,
      Spool spool,
      Duration flush,
      Duration late,
      FakeClock clock,
      Telemetry telemetry) {
    DueList due = new DueList(directory.resolve("due"));
    OwnArchive own = new OwnArchive(archive, registrar, due);
    return new Keeping(
        new Flusher(spool, own, flush, Duration.ZERO, clock, new SplittableRandom(1), telemetry),
        new Compactor(
            own,
            registrar,
            due,
            spool,
            Rows.HOST,
            late,
            clock,
            clock::nanos,
            new SplittableRandom(1),
            telemetry));
  }

  /** The records of that host. */
  static Registrar registrar(
      Archive archive,
      Path pending,
      Machine machine,
      Writer writer,
      Stretches up,
      FakeClock clock,
      Telemetry telemetry) {
    return new Registrar(
        new HostRecords(archive),
        pending,
        Rows.HOST,
        () -> machine,
        writer,
        up,
        clock,
        clock::nanos,
        () -> {},
        telemetry);
  }

  /** A machine of which nothing is known but what it has to have. */
  static Machine machine(String id, int sampleSeconds) {
    return new Machine(
        id,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        "1",
        sampleSeconds);
  }

  @Override
  public void close() {
    flusher.close();
    compactor.close();
  }
}
