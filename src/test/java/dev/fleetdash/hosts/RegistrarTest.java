package dev.fleetdash.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RawKey;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrarTest {
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");
  private static final long START = Rows.ts("2026-11-23T10:00:00Z");

  private static S3Server server;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock("2026-11-23T10:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private dev.fleetdash.archive.Archive archive;
  private HostRecords records;
  private int emptied;

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
            "spool":"of a","writer":7,"flush_seconds":60,\
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
        .hasMessageContaining("another machine (10.0.1.17, run 7) writes as host web-1")
        .hasMessageContaining("FLEETDASH_HOST");
    assertThat(telemetry.state("host record").orElseThrow().detail()).contains("another machine");
    assertThat(record(DAY).machine().id()).isEqualTo("a");

    clock.advance(HostRecord.HELD.minusSeconds(1));
    assertThatThrownBy(second::check).isInstanceOf(ArchiveException.class);
    untilTaken(second);
    assertThat(record(DAY).machine().id()).isEqualTo("b");
    assertThat(record(DAY).runs()).extracting(Run::run).containsExactly(7L, 8L);
  }

  @Test
  void firstMachineThatWasAwayForTooLongHasLostItsName() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    clock.advance(Duration.ofHours(3));
    untilTaken(registrar("b", 8));

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
    assertThatThrownBy(away::check).hasMessageContaining("500");
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
    assertThat(directory.resolve("of a")).isDirectoryNotContaining("glob:**.json");
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

  @Test
  void twoProcessesOnOneMachineDoNotBothWriteUnderOneName() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    Registrar second = registrar("a", "another spool", 8);

    for (int minute = 0; minute < 10; minute++) {
      put(first, 7, minute);
      assertThatThrownBy(second::check)
          .isInstanceOfSatisfying(
              ArchiveException.class,
              e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.REFUSED))
          .hasMessageContaining("another process on this machine")
          .hasMessageContaining("(10.0.1.17, run 7)")
          .hasMessageContaining("wait in the spool");
      clock.advance(Duration.ofMinutes(1));
    }

    assertThat(telemetry.state("host record").orElseThrow().detail()).contains("FLEETDASH_HOST");
    assertThat(record(DAY).runs()).extracting(Run::run).containsExactly(7L);
  }

  @Test
  void whoWasRefusedSaysNoGoodbyeForTheOther() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    Registrar second = registrar("a", "another spool", 8);
    assertThatThrownBy(second::check).hasMessageContaining("another process");

    assertThatThrownBy(() -> second.end("stopped", START)).hasMessageContaining("another process");

    assertThat(record(DAY).state()).isEqualTo(State.RUNNING);
    assertThat(record(DAY).writer().orElseThrow().run()).isEqualTo(7);
    first.check();
  }

  @Test
  void whoWaitsGoesOnWhenTheOtherSaidGoodbye() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    Registrar second = registrar("a", "another spool", 8);
    assertThatThrownBy(second::check).hasMessageContaining("another process");
    first.end("stopped", START);

    clock.advance(Duration.ofMinutes(1));
    second.check();

    assertThat(record(DAY).state()).isEqualTo(State.RUNNING);
    assertThat(record(DAY).writer().orElseThrow().run()).isEqualTo(8);
  }

  @Test
  void machineThatWasKilledAndLostItsSpoolGoesOnWithinThreeMinutes() throws IOException {
    clock.set(java.time.Instant.parse("2026-11-23T10:58:30Z"));
    Registrar before = registrar("a", 7);
    before.check();
    put(before, 7, 1);
    Registrar after = registrar("a", "a new spool", 8);
    assertThatThrownBy(after::check).hasMessageContaining("it shows within 105 s");

    assertThat(untilTaken(after)).isLessThanOrEqualTo(Duration.ofMinutes(3));

    assertThat(record(DAY).runs())
        .extracting(Run::how)
        .containsExactly(Optional.of("killed"), Optional.empty());
  }

  @Test
  void ofTwoThatTakeOverFromADeadOneAtOnceOneLoses() throws IOException {
    registrar("a", 7).check();
    Registrar one = registrar("a", "one", 8);
    Registrar two = registrar("a", "two", 9);
    assertThatThrownBy(two::check).isInstanceOf(ArchiveException.class);

    untilTaken(one);

    assertThatThrownBy(two::check).hasMessageContaining("run 8").hasMessageContaining("it shows");
    assertThatThrownBy(() -> registrar("a", "three", 10).check()).hasMessageContaining("run 8");
  }

  @Test
  void whoCouldNotPutForAWhileLooksWhetherTheNameIsStillItsOwn() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    put(first, 7, 1);
    Registrar second = registrar("a", "another spool", 8);
    assertThatThrownBy(second::check).isInstanceOf(ArchiveException.class);
    untilTaken(second);

    assertThatThrownBy(first::check).hasMessageContaining("run 8");
    assertThat(record(DAY).writer().orElseThrow().run()).isEqualTo(8);
  }

  @Test
  void copyOfAMachineWithItsSpoolEndsTheFirstOnesWritingInMinutes() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    Registrar copy = registrar("a", 8);
    copy.check();
    for (int minute = 0; minute < 5; minute++) {
      clock.advance(Duration.ofMinutes(1));
      first.wrote();
      put(copy, 8, minute);
    }

    assertThatThrownBy(first::check)
        .hasMessageContaining("with a copy of this one's spool (10.0.1.17, run 8)");
    copy.check();

    copy.end("stopped", START);
    clock.advance(Duration.ofMinutes(1));
    first.check();
    assertThat(record(DAY).writer().orElseThrow().run()).isEqualTo(7);
  }

  @Test
  void clockThatIsHoursAheadTakesNoNameFromOneThatWrites() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    FakeClock ahead = new FakeClock("2026-11-23T13:30:00Z");
    Registrar second = registrar("b", "of b", 8, ahead);

    for (int minute = 0; minute < 10; minute++) {
      put(first, 7, minute);
      assertThatThrownBy(second::check).hasMessageContaining("another machine");
      clock.advance(Duration.ofMinutes(1));
      ahead.advance(Duration.ofMinutes(1));
    }
  }

  @Test
  void clockThatIsHoursBehindWaitsNoLongerThanOthers() throws IOException {
    registrar("a", 7).check();
    clock.set(java.time.Instant.parse("2026-11-23T05:00:00Z"));
    Registrar second = registrar("b", 8);
    archive.put(
        HostRecords.key(DAY, Rows.HOST),
        archive.get(HostRecords.key(DAY, Rows.HOST), 10_000).orElseThrow().bytes());

    assertThat(untilTaken(second))
        .isBetween(HostRecord.HELD, HostRecord.HELD.plus(Duration.ofMinutes(4)));
  }

  @Test
  void clockThatIsAYearAheadTakesNoNameFromOneThatIsSilentForAnHour() throws IOException {
    registrar("a", 7).check();
    FakeClock ahead = new FakeClock("2027-11-23T10:00:00Z");
    Registrar second = registrar("b", "of b", 8, ahead);

    for (int minute = 0; minute < 60; minute++) {
      assertThatThrownBy(second::check).hasMessageContaining("another machine (10.0.1.17, run 7)");
      clock.advance(Duration.ofMinutes(1));
      ahead.advance(Duration.ofMinutes(1));
    }

    assertThat(record(DAY).writer().orElseThrow().run()).isEqualTo(7);
    assertThat(records.find(DAY.plusYears(1), Rows.HOST).record()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1970-01-01T00:05:00Z", "2026-11-23T06:00:00Z", "2027-11-23T10:00:00Z"})
  void hostWhoseClockIsWrongIsFoundByOthersAndKeepsItsName(String time) throws IOException {
    FakeClock wrong = new FakeClock(time);
    Registrar first = registrar("a", "of a", 7, wrong);
    Registrar second = registrar("b", 8);

    for (int minute = 0; minute < 150; minute++) {
      if (minute % 60 == 0) {
        first.renew(0);
      }
      first.check();
      archive.putIfAbsent(
          new RawKey(Rows.HOST, wrong.instant().getEpochSecond(), 7, minute).text(), new byte[1]);
      first.wrote();
      assertThatThrownBy(second::check).hasMessageContaining("another machine (10.0.1.17, run 7)");
      clock.advance(Duration.ofMinutes(1));
      wrong.advance(Duration.ofMinutes(1));
    }

    assertThat(record(DAY).alive(clock.instant().getEpochSecond())).isTrue();
    long own = HostRecords.day(wrong.instant().getEpochSecond()).toEpochDay() * 86_400;
    assertThat(record(LocalDate.ofEpochDay(own / 86_400)).runs())
        .extracting(Run::run, Run::start)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                7L, java.time.Instant.parse(time).getEpochSecond()));
    assertThat(emptied).isZero();
  }

  @Test
  void recordThatWasDeletedIsPutBack() throws IOException {
    Registrar first = registrar("a", 7);
    first.check();
    server
        .client()
        .deleteObject(request ->
            request
                .bucket("bucket")
                .key("recordThatWasDeletedIsPutBack/" + HostRecords.key(DAY, Rows.HOST)));

    clock.advance(Duration.ofMinutes(5));
    first.check();

    assertThat(record(DAY).runs()).extracting(Run::run).containsExactly(7L);
    assertThat(emptied).isOne();
    assertThat(telemetry.state("host record").orElseThrow().detail()).contains("was it emptied?");
  }

  /** A segment of the host, as its owner puts it. */
  private void put(Registrar owner, long run, long seq) throws IOException {
    owner.check();
    long ts = clock.instant().getEpochSecond();
    assertThat(archive.putIfAbsent(new RawKey(Rows.HOST, ts, run, seq).text(), new byte[1]))
        .isTrue();
    owner.wrote();
  }

  /** Asks every ten seconds; answers how long it took. */
  private Duration untilTaken(Registrar registrar) {
    Duration waited = Duration.ZERO;
    while (true) {
      try {
        registrar.check();
        return waited;
      } catch (ArchiveException e) {
        assertThat(waited).as(e.getMessage()).isLessThan(Duration.ofHours(3));
      }
      clock.advance(Duration.ofSeconds(10));
      waited = waited.plusSeconds(10);
    }
  }

  private HostRecord record(LocalDate day) throws IOException {
    return records.find(day, Rows.HOST).record().orElseThrow();
  }

  private Registrar registrar(String machine, long run) {
    return registrar(machine, "of " + machine, run);
  }

  private Registrar registrar(String machine, String spool, long run) {
    return registrar(machine, spool, run, clock);
  }

  /**
   * @param own what it takes for the time; the archive's is {@link #clock}
   */
  private Registrar registrar(String machine, String spool, long run, FakeClock own) {
    return new Registrar(
        records,
        directory.resolve(spool),
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
        new Writer(spool, run, 60),
        new Stretches(own, own::nanos),
        clock,
        own::nanos,
        () -> emptied++,
        telemetry);
  }
}
