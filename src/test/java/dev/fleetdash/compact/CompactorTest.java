package dev.fleetdash.compact;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.archive.Retention;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Hours pass by a clock that the test drives; spool, S3 server and its faults are real. */
class CompactorTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");

  private static S3Server server;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private final List<Row> rows = new ArrayList<>();
  private Archive archive;
  private Start process;

  /** The parts of one process start. */
  private final class Start implements AutoCloseable {
    private final Spool spool;
    private final Keeping keeping;

    Start() throws IOException {
      spool = Spool.open(directory, new Spool.Settings(60, 1 << 30), clock, telemetry);
      Registrar registrar =
          Keeping.registrar(
              archive,
              directory.resolve("hosts"),
              Keeping.machine("m", 1),
              new Writer("s", spool.run(), 60),
              new Stretches(clock, clock::nanos),
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

    /** A row every ten minutes up to that time, flushed as far as it goes, and a tick each. */
    void runUntil(String end) {
      Instant until = Instant.parse(end);
      while (clock.instant().isBefore(until)) {
        sample();
        flush();
        clock.advance(Duration.ofMinutes(10));
        keeping.compactor().tick();
      }
    }

    void sample() {
      Row row = Rows.at(clock.instant().getEpochSecond(), spool.run(), rows.size() * 0.001);
      rows.add(row);
      spool.append(row);
      spool.seal();
    }

    void flush() {
      keeping.flusher().flush();
    }

    @Override
    public void close() {
      keeping.close();
      spool.close();
    }
  }

  @BeforeAll
  static void startServer() throws IOException {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open(TestInfo test) throws IOException {
    server.faults().heal();
    archive =
        server.archive(
            "s3://bucket/"
                + Integer.toHexString(test.getDisplayName().hashCode())
                + test.getTestMethod().orElseThrow().getName(),
            telemetry);
    process = new Start();
  }

  @AfterEach
  void close() {
    process.close();
    archive.close();
  }

  @Test
  void hourIsCompactedMinutesAfterItIsOver() throws IOException {
    process.runUntil("2026-11-23T11:10:00Z");

    assertThat(Tiers.keys(archive, Tier.SECONDS, Rows.HOST)).hasSize(1);
    assertThat(Tiers.keys(archive, Tier.MINUTES, Rows.HOST)).hasSize(1);
    assertThat(Tiers.keys(archive, Tier.HOURS, Rows.HOST)).isEmpty();
    assertThat(record(DAY).compacted()).isEqualTo(Rows.ts("2026-11-23T11:00:00Z"));
  }

  @Test
  void dayIsSummedUpAndClosedWhenItIsOver() throws IOException {
    clock.set(Instant.parse("2026-11-23T22:00:00Z"));
    process.runUntil("2026-11-24T00:10:00Z");

    assertThat(Tiers.keys(archive, Tier.HOURS, Rows.HOST)).hasSize(1);
    assertThat(Tiers.keys(archive, Tier.DAYS, Rows.HOST)).hasSize(1);
    assertThat(record(DAY).closed()).isTrue();
    assertThat(record(DAY).runs().getLast().how()).contains("continued");
    assertThat(record(DAY.plusDays(1)).closed()).isFalse();
    rows.removeLast();
    Tiers.assertHold(archive, Rows.HOST, rows);
  }

  @Test
  void hostThatEndsClosesItsOwn() throws IOException {
    process.runUntil("2026-11-23T11:20:00Z");
    process.flush();

    assertThat(process.keeping.compactor().end("scale_in", true, Duration.ofSeconds(30))).isTrue();

    assertWhole();
    assertThat(record(DAY).state()).isEqualTo(State.ENDED);
    assertThat(record(DAY).closed()).isTrue();
    assertThat(record(DAY).runs().getLast().how()).contains("scale_in");
  }

  @Test
  void restartLeavesTheHourOpenAndGoesOn() throws IOException {
    process.runUntil("2026-11-23T11:20:00Z");
    assertThat(process.keeping.compactor().end("stopped", false, Duration.ofSeconds(30))).isTrue();
    assertThat(Tiers.keys(archive, Tier.SECONDS, Rows.HOST)).hasSize(1);
    process.close();
    process = new Start();
    process.runUntil("2026-11-23T12:10:00Z");
    finish();

    assertWhole();
    assertThat(record(DAY).runs()).hasSize(2);
  }

  @Test
  void outageOverMidnightLosesNothing() throws IOException {
    clock.set(Instant.parse("2026-11-23T22:50:00Z"));
    server.stop();
    process.runUntil("2026-11-24T00:20:00Z");
    assertThat(telemetry.state("compaction").orElseThrow().status()).isEqualTo(Status.FAILING);
    server.start();
    finish();

    assertWhole();
    assertThat(telemetry.state("compaction").orElseThrow().status()).isEqualTo(Status.UP);
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault.LoseAnswer(),
        new Fault.Answer(403, "AccessDenied"),
        new Fault.Answer(412, "PreconditionFailed"));
  }

  /** At each put of the day's end in its turn, and at all that follow. */
  @ParameterizedTest
  @MethodSource("faults")
  void faultAtAnyStepIsMadeGood(Fault fault) throws IOException {
    clock.set(Instant.parse("2026-11-23T23:20:00Z"));
    process.runUntil("2026-11-23T23:59:00Z");
    for (int step = 0; step < 7; step++) {
      server.faults().after(step, "PUT", fault);
      clock.advance(Duration.ofMinutes(10));
      process.keeping.compactor().tick();
      server.faults().heal();
      process.sample();
      process.flush();
    }
    finish();

    assertWhole();
    assertThat(record(DAY).closed()).isTrue();
  }

  @Test
  void processKilledAtAnyStepGoesOnWhereItWas() throws Exception {
    clock.set(Instant.parse("2026-11-23T23:20:00Z"));
    process.runUntil("2026-11-23T23:59:00Z");
    for (int step = 0; step < 14; step++) {
      server.faults().after(step, "", new Fault.Hang());
      clock.advance(Duration.ofMinutes(10));
      Thread tick = Thread.ofPlatform().start(process.keeping.compactor()::tick);
      await().until(() -> server.faults().hanging() > 0 || !tick.isAlive());
      // What is on disk now is all that the next start has.
      server.stop();
      Patience.join(tick);
      process.close();
      server.start();
      process = new Start();
      process.sample();
      process.flush();
    }
    finish();

    assertWhole();
    assertThat(record(DAY).closed()).isTrue();
  }

  @Test
  void clockThatIsPutBackADayKeepsNoFailureWaiting() throws IOException {
    server.faults().always(new Fault.Answer(500, "InternalError"));
    process.keeping.compactor().tick();
    assertThat(telemetry.state("compaction").orElseThrow().status()).isEqualTo(Part.Status.FAILING);
    server.faults().heal();
    clock.set(clock.instant().minus(Duration.ofDays(1)));

    clock.advance(Duration.ofMinutes(10));
    process.keeping.compactor().tick();

    assertThat(telemetry.state("compaction").orElseThrow().status()).isEqualTo(Part.Status.UP);
  }

  @Test
  void lostSpoolIsMadeGoodByTheRecords() throws IOException {
    process.runUntil("2026-11-23T11:50:00Z");
    process.close();
    try (Stream<Path> due = Files.list(directory.resolve("due"))) {
      for (Path file : due.toList()) {
        Files.delete(file);
      }
    }
    clock.set(Instant.parse("2026-11-25T00:20:00Z"));
    process = new Start();
    finish();

    assertWhole();
    assertThat(record(DAY).closed()).isTrue();
    assertThat(record(DAY).runs().getLast().how()).contains("killed");
  }

  /** Others had closed its day; it comes back with what it still had, and is gone again. */
  @Test
  void lateRowsOfAClosedDayAreFoundByOthers() throws IOException {
    process.runUntil("2026-11-23T11:50:00Z");
    server.stop();
    process.runUntil("2026-11-23T12:20:00Z");
    process.close();
    server.start();
    clock.set(Instant.parse("2026-11-24T09:00:00Z"));
    closeOrphans();
    assertThat(record(DAY).closed()).isTrue();

    process = new Start();
    process.flush();
    process.close();
    clock.set(Instant.parse("2026-11-25T09:00:00Z"));
    closeOrphans();

    assertWhole();
    assertThat(record(DAY).closed()).isTrue();
    process = new Start();
  }

  private void closeOrphans() throws IOException {
    HostRecords records = new HostRecords(archive);
    new Orphans(
            records,
            new Closing(records, new Compaction(archive, clock, telemetry)),
            Optional.of(new dev.fleetdash.sample.HostName("web-2")),
            clock,
            new SplittableRandom(1))
        .close();
  }

  @Test
  void listsOncePerHourThatIsRaw() throws IOException {
    process.runUntil("2026-11-23T11:00:00Z");
    process.keeping.compactor().tick();
    int before = lists();
    process.runUntil("2026-11-23T14:10:00Z");

    assertThat(lists() - before).isBetween(3, 4);
  }

  @Test
  void rawExpiresOnlyOnceItIsCompacted() throws IOException {
    process.close();
    DirectoryArchive files = new DirectoryArchive(directory.resolve("archive"));
    archive = files;
    process = new Start();
    process.runUntil("2026-11-23T10:50:00Z");
    Retention retention =
        new Retention(
            files,
            new Retention.Ages(
                Duration.ofDays(1),
                Duration.ofDays(400),
                Duration.ofDays(400),
                Duration.ofDays(400),
                Duration.ofDays(400)),
            clock,
            clock::nanos,
            telemetry);

    clock.advance(Duration.ofDays(3));
    retention.applyIfDue();
    assertThat(files.list("v1/raw/", 100)).hasSize(rows.size());

    finish();
    clock.advance(Duration.ofDays(1));
    retention.applyIfDue();
    assertThat(files.list("v1/raw/", 100)).isEmpty();
    assertWhole();
  }

  @Test
  void unchangedTiersAreNotPutAgain() throws IOException {
    process.runUntil("2026-11-23T11:10:00Z");
    String etag = etag();
    DueList due = new DueList(directory.resolve("due"));
    due.mark(Rows.HOST, Rows.ts(START));
    process.close();
    process = new Start();
    process.runUntil("2026-11-23T11:30:00Z");

    assertThat(etag()).isEqualTo(etag);
  }

  private String etag() throws IOException {
    return archive
        .get(TierKey.of(Tier.SECONDS, Rows.HOST, Rows.ts(START)).text(), 1 << 20)
        .orElseThrow()
        .etag();
  }

  private static int lists() {
    return (int)
        server.faults().requests().stream()
            .filter(request -> request.contains("list-type"))
            .count();
  }

  /** Two days later everything is over; ticks until all is done. */
  private void finish() {
    clock.advance(Duration.ofDays(2));
    for (int i = 0; i < 5; i++) {
      process.flush();
      clock.advance(Duration.ofMinutes(10));
      process.keeping.compactor().tick();
    }
  }

  private void assertWhole() throws IOException {
    Tiers.assertHold(archive, Rows.HOST, rows);
    Audited.assertFine(archive, clock);
  }

  private HostRecord record(LocalDate day) throws IOException {
    return new HostRecords(archive).find(day, Rows.HOST).record().orElseThrow();
  }
}
