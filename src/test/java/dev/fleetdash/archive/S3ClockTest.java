package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A host and an S3 whose clocks differ. The SDK signs by S3's, and says so to nobody. */
class S3ClockTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path directory;
  private final Telemetry telemetry = new Telemetry(CLOCK);

  @ParameterizedTest
  @CsvSource({
    "PT-1H, ahead of that of the archive",
    "PT1H, behind that of the archive",
    "PT-10M, ahead of that of the archive",
    "PT-800H, ahead of that of the archive",
  })
  void rowsAreNotArchivedAnHourAheadWithAllPartsUp(Duration off, String said) throws Exception {
    try (S3Server server = new S3Server("bucket")) {
      server.faults().always(new Fault.OtherTime(off));

      flush(server);

      assertThat(telemetry.state("archive").orElseThrow().status()).isEqualTo(Status.UP);
      assertThat(telemetry.state("clock").orElseThrow().status()).isEqualTo(Status.FAILING);
      assertThat(telemetry.state("clock").orElseThrow().detail()).contains(said);
      assertThat(telemetry.clocks().instant())
          .isCloseTo(CLOCK.instant().plus(off), within(15, ChronoUnit.MINUTES));
    }
  }

  @Test
  void clockThatAgreesWithS3IsUp() throws Exception {
    try (S3Server server = new S3Server("bucket")) {
      flush(server);

      assertThat(telemetry.state("clock").orElseThrow().status()).isEqualTo(Status.UP);
    }
  }

  /** Puts a row. */
  private void flush(S3Server server) throws Exception {
    Duration minute = Duration.ofMinutes(1);
    try (Archive archive = server.opened("s3://bucket/prod", S3Options.DEFAULT, telemetry);
        Spool spool = Spool.open(directory, new Spool.Settings(60, 1 << 20), CLOCK, telemetry);
        Flusher flusher =
            new Flusher(
                spool, archive, minute, Duration.ZERO, CLOCK, new SplittableRandom(1), telemetry)) {
      Instant now = CLOCK.instant();
      spool.append(Rows.at(now.getEpochSecond(), spool.run(), 0.5));
      spool.seal();

      assertThat(flusher.drain(Patience.LIMIT)).isTrue();
      assertThat(archive.list("v1/raw/", 10)).hasSize(1);
    }
  }
}
