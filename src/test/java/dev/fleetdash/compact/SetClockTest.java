package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.audit.Report.HostDay;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host whose clock is set while it runs, from the row to the audit. The clock is driven. */
class SetClockTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final String NOON = "2026-11-23T12:00:00Z";

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock("1970-01-01T00:05:00Z");
  private final Telemetry telemetry = new Telemetry(clock, clock::nanos);
  private Archive archive;
  private Host host;

  /** The parts of one process start. */
  private final class Host implements AutoCloseable {
    private final Spool spool;
    private final Stretches up = new Stretches(clock, clock::nanos);
    private final Keeping keeping;

    Host() throws IOException {
      spool =
          Spool.open(directory.resolve("spool"), new Spool.Settings(60, 1 << 30), clock, telemetry);
      Registrar registrar =
          Keeping.registrar(
              archive,
              directory.resolve("hosts"),
              Keeping.machine("m", 1),
              new Writer("s", spool.run(), 60),
              up,
              clock,
              telemetry);
      keeping =
          Keeping.of(
              archive,
              registrar,
              directory,
              spool,
              Duration.ofMinutes(1),
              Duration.ZERO,
              clock,
              telemetry);
    }

    /**
     * A row a second, as the sampler hands them over, and a look at what is due each half minute.
     */
    void run(int seconds) {
      for (int i = 0; i < seconds; i++) {
        clock.advance(Duration.ofSeconds(1));
        up.look();
        long ts = clock.instant().getEpochSecond();
        spool.append(
            Row.at(ts, Rows.HOST, spool.run())
                .set(Metric.CPU_UTILIZATION, 0.5)
                .set(Metric.UPTIME_SECONDS, clock.nanos() / 1e9)
                .build());
        if (i % 30 == 2) {
          keeping.flusher().flush();
          keeping.compactor().tick();
        }
      }
    }

    void end() {
      spool.seal();
      assertThat(keeping.flusher().drain(Patience.LIMIT)).isTrue();
      assertThat(keeping.compactor().end("stopped", true, Patience.LIMIT)).isTrue();
    }

    @Override
    public void close() {
      keeping.close();
      spool.close();
    }
  }

  @BeforeEach
  void open() throws IOException {
    archive = new DirectoryArchive(directory.resolve("archive"));
    host = new Host();
  }

  @AfterEach
  void close() {
    host.close();
    archive.close();
  }

  @Test
  void hostThatBootedIn1970ClaimsNoRunOfAWholeDay() throws IOException {
    long run = host.spool.run();
    host.run(12);
    clock.set(Instant.parse(NOON));
    host.run(90);
    host.end();

    long noon = Rows.ts(NOON);
    assertThat(record(LocalDate.EPOCH).runs())
        .containsExactly(new Run(run, 300, 313, Optional.of(Run.CLOCK_SET)));
    assertThat(record(DAY).runs())
        .containsExactly(new Run(run, noon + 1, noon + 90, Optional.of("stopped")));
    assertThat(host.up.started()).isEqualTo(Instant.ofEpochSecond(noon - 12));
    assertNoGap();
  }

  @ParameterizedTest
  @ValueSource(longs = {7_200, 60, -60, -7_200, -86_400, 400 * 86_400})
  void clockThatIsSetLeavesNoGapInTheAudit(long by) throws IOException {
    clock.set(Instant.parse(NOON));
    host.run(300);
    clock.set(clock.instant().plusSeconds(by));
    host.run(300);
    clock.set(clock.instant().minusSeconds(by));
    host.run(300);
    host.end();

    assertNoGap();
    assertThat(record(DAY).runs())
        .filteredOn(run -> run.how().isEmpty() || run.how().get().equals(Run.KILLED))
        .isEmpty();
  }

  @Test
  void clockThatIsSetAgainAndAgainKeepsItsRecordSmall() throws IOException {
    clock.set(Instant.parse(NOON));
    for (int i = 0; i < 300; i++) {
      clock.set(clock.instant().plusSeconds(10));
      host.run(5);
    }
    host.end();

    assertThat(record(DAY).runs()).hasSizeLessThanOrEqualTo(101);
    assertThat(record(DAY).runs().getFirst().start()).isLessThan(Rows.ts(NOON) + 20);
  }

  @Test
  void earlierRunOfTheSameDayStaysWhereItWas() throws IOException {
    clock.set(Instant.parse(NOON));
    host.run(60);
    host.end();
    host.close();
    host = new Host();
    host.run(30);
    clock.set(clock.instant().plusSeconds(3_600));
    host.run(30);
    host.end();

    assertThat(record(DAY).runs())
        .extracting(Run::how)
        .containsExactly(
            Optional.of("stopped"), Optional.of(Run.CLOCK_SET), Optional.of("stopped"));
    assertNoGap();
  }

  private HostRecord record(LocalDate day) throws IOException {
    return new HostRecords(archive).find(day, Rows.HOST).record().orElseThrow();
  }

  private void assertNoGap() throws IOException {
    List<HostDay> days =
        Audited.at(clock.instant().plus(Duration.ofDays(500)), archive, Scope.ALL).days;
    assertThat(days).allSatisfy(day -> assertThat(day.gaps()).isEmpty());
    assertThat(days).isNotEmpty();
  }
}
