package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Requests;
import dev.fleetdash.telemetry.Requests.Kind;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What all that a host writes in a day costs: flushes, compaction and its records, over a midnight.
 * The clock is driven, the rest is real. Flushed is each quarter of an hour, to save time: what
 * comes on top of the flushes is the same.
 */
class DayOfRequestsTest {
  private static final String START = "2026-11-23T12:00:30Z";
  private static final int FLUSHES = 96;

  /** 1.1 a minute, of which one is a flush. */
  private static final int BESIDE_FLUSHES = 144;

  private static final Duration FLUSH = Duration.ofMinutes(15);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private final List<Row> rows = new ArrayList<>();

  @Test
  void aHostPutsLittleBesideItsFlushes() throws IOException {
    try (S3Server server = new S3Server("bucket");
        // As a process opens it, so that it is tried before the first put.
        Archive archive = server.opened("s3://bucket/prod", S3Options.DEFAULT, telemetry);
        Spool spool = Spool.open(directory, new Spool.Settings(900, 64 << 20), clock, telemetry)) {
      run(archive, spool);
      List<String> seen = server.faults().requests();

      Requests counted = new Requests(telemetry);
      long puts = seen.stream().filter(request -> request.startsWith("PUT ")).count();
      long lists = seen.stream().filter(request -> request.contains("list-type=2")).count();
      assertThat(counted.count(Kind.PUT)).isEqualTo(puts);
      assertThat(counted.count(Kind.LIST)).isEqualTo(lists);
      assertThat(counted.count(Kind.GET)).isEqualTo(seen.size() - puts - lists);
      assertThat(seen.stream().filter(request -> request.equals("PUT /bucket/prod/fleet/probe")))
          .as("once in the life of the archive three, at each start two, and in a day none")
          .hasSize(3);
      assertThat(puts).isBetween(FLUSHES + 70L, (long) FLUSHES + BESIDE_FLUSHES);
      // An hour is listed once, and the records of eight days once at the start and once a day.
      assertThat(lists).isBetween(24L, 48L);
      // Each segment is read once, and the record before each, as it is every five minutes.
      assertThat(counted.count(Kind.GET)).isBetween(2L * FLUSHES, 2 * FLUSHES + 250L);
      Tiers.assertHold(archive, Rows.HOST, rows);
      Audited.assertFine(archive, clock);
    }
  }

  private void run(Archive archive, Spool spool) {
    Registrar registrar =
        Keeping.registrar(
            archive,
            directory.resolve("hosts"),
            Keeping.machine("m", 60),
            new Writer("s", spool.run(), 900),
            new Stretches(clock, clock::nanos),
            clock,
            telemetry);
    try (Keeping keeping =
        Keeping.of(archive, registrar, directory, spool, FLUSH, FLUSH, clock, telemetry)) {
      for (int i = 0; i < FLUSHES; i++) {
        Row row = Rows.at(clock.instant().getEpochSecond(), spool.run(), i * 0.0001);
        rows.add(row);
        spool.append(row);
        spool.seal();
        keeping.flusher().flush();
        keeping.compactor().tick();
        clock.advance(FLUSH);
      }
      assertThat(keeping.compactor().end("scale_in", true, Duration.ofMinutes(1))).isTrue();
    }
  }
}
