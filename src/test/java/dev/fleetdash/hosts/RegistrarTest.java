package dev.fleetdash.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class RegistrarTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final long START = Rows.ts("2026-11-23T10:00:00Z");

  private static S3Server server;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock("2026-11-23T10:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private dev.fleetdash.archive.Archive archive;
  private HostRecords records;

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
        server.archive("s3://bucket/" + test.getTestMethod().orElseThrow().getName(), telemetry);
    records = new HostRecords(archive);
  }

  @Test
  void recordTellsWhoWhereAndWhichRuns() throws IOException {
    Registrar registrar = registrar("a", 7);
    registrar.check();
    clock.advance(Duration.ofHours(1));
    registrar.renew(START);

    assertThat(
            new String(
                archive.get("v1/hosts/dt=2026-11-23/web-1.json", 10_000).orElseThrow().bytes(),
                StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {"host":"web-1","machine":"a","zone":"eu-central-1a","type":"t4g.small",\
            "address":"10.0.1.17","version":"1.0","sample_seconds":1,"renewed":%d,\
            "compacted":%d,"closed":false,"state":"running",\
            "runs":[{"run":7,"start":%d,"end":%d}]}\
            """
                .formatted(START + 3600, START, START, START + 3600));
  }

  @Test
  void secondMachineMayNotWriteUntilTheNameIsFree() throws IOException {
    registrar("a", 7).check();
    Registrar second = registrar("b", 8);

    assertThatThrownBy(second::check)
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.REFUSED))
        .hasMessageContaining("another machine (10.0.1.17) writes as host web-1")
        .hasMessageContaining("FLEETDASH_HOST");
    assertThat(telemetry.state("host record").orElseThrow().detail()).contains("another machine");
    assertThat(record(DAY).machine().id()).isEqualTo("a");

    clock.advance(HostRecord.HELD.minusSeconds(1));
    assertThatThrownBy(second::check).isInstanceOf(ArchiveException.class);
    clock.advance(Duration.ofMinutes(1));
    second.check();
    assertThat(record(DAY).machine().id()).isEqualTo("b");
    assertThat(record(DAY).runs()).extracting(Run::run).containsExactly(7L, 8L);
  }

  @Test
  void firstMachineThatWasAwayForTooLongHasLostItsName() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    clock.advance(Duration.ofHours(3));
    registrar("b", 8).check();

    assertThatThrownBy(() -> first.renew(START)).hasMessageContaining("another machine");
    assertThatThrownBy(first::check).hasMessageContaining("another machine");
  }

  @Test
  void ownerCarriesOverFromYesterday() throws IOException {
    clock.set(java.time.Instant.parse("2026-11-22T23:59:00Z"));
    Registrar first = registrar("a", 7);
    first.check();
    clock.advance(Duration.ofMinutes(2));

    assertThatThrownBy(registrar("b", 8)::check).hasMessageContaining("another machine");

    first.renew(START);
    assertThat(record(DAY).machine().id()).isEqualTo("a");
    assertThat(record(DAY.minusDays(1)).runs())
        .containsExactly(
            new Run(
                7,
                Rows.ts("2026-11-22T23:59:00Z"),
                Rows.ts("2026-11-23T00:00:00Z"),
                Optional.of("continued")));
    assertThat(record(DAY).runs().getFirst().start()).isEqualTo(Rows.ts("2026-11-23T00:00:00Z"));
  }

  @Test
  void reinstalledMachineGetsItsNameBack() throws IOException {
    Registrar before = registrar("a", 7);
    before.check();
    before.end("shutdown", START);

    registrar("b", 8).check();

    assertThat(record(DAY).machine().id()).isEqualTo("b");
    assertThat(record(DAY).runs().getFirst().how()).contains("shutdown");
  }

  @Test
  void sameMachineStartsAgainAfterAKill() throws IOException {
    registrar("a", 7).renew(START);
    clock.advance(Duration.ofMinutes(5));

    registrar("a", 8).check();

    assertThat(record(DAY).runs())
        .containsExactly(
            new Run(7, START, START, Optional.of("killed")),
            new Run(8, START + 300, START + 300, Optional.empty()));
    assertThat(record(DAY).compacted()).isEqualTo(START);
    assertThat(record(DAY).state()).isEqualTo(State.RUNNING);
  }

  @Test
  void recordsWaitOnDiskWhileTheBucketIsAway() throws IOException {
    clock.set(java.time.Instant.parse("2026-11-22T23:59:00Z"));
    server.faults().always(new Fault.Answer(500, "InternalError"));
    Registrar away = registrar("a", 7);
    away.check();
    clock.advance(Duration.ofMinutes(2));
    assertThatThrownBy(() -> away.renew(0)).isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> away.end("stopped", 0)).isInstanceOf(ArchiveException.class);

    server.faults().heal();
    clock.advance(Duration.ofMinutes(2));
    registrar("a", 8).check();

    assertThat(record(DAY.minusDays(1)).runs())
        .extracting(Run::how)
        .containsExactly(Optional.of("continued"));
    assertThat(record(DAY).runs())
        .extracting(Run::how)
        .containsExactly(Optional.of("stopped"), Optional.empty());
    assertThat(directory).isDirectoryNotContaining("glob:**.json");
  }

  @Test
  void lostAnswerIsNotAnotherMachine() throws IOException {
    server.faults().next(1, "PUT", new Fault.LoseAnswer());

    registrar("a", 7).check();

    assertThat(record(DAY).runs()).hasSize(1);
  }

  @Test
  void foreignObjectUnderTheKeyIsReplaced() throws IOException {
    for (String foreign :
        List.of("", "[]", "{\"host\":\"web-2\"}", "{\"host\":\"web-1\",\"runs\":[1]}", "\0")) {
      archive.put(HostRecords.key(DAY, Rows.HOST), foreign.getBytes(StandardCharsets.UTF_8));

      registrar("a", 7).check();

      assertThat(record(DAY).machine().id()).isEqualTo("a");
    }
  }

  private HostRecord record(LocalDate day) throws IOException {
    return records.find(day, Rows.HOST).record().orElseThrow();
  }

  private Registrar registrar(String machine, long run) {
    return new Registrar(
        records,
        directory,
        Rows.HOST,
        () ->
            new Machine(
                machine,
                Optional.of("eu-central-1a"),
                Optional.of("t4g.small"),
                Optional.empty(),
                Optional.of("10.0.1.17"),
                "1.0",
                1),
        run,
        clock,
        telemetry);
  }
}
