package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import dev.fleetdash.testing.Turns;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class OrphansTest {
  private static final HostName DEAD = new HostName("web-3");
  private static final LocalDate DAY = LocalDate.parse("2026-11-30");
  private static final long MIDNIGHT = Rows.ts("2026-12-01T00:00:00Z");

  private final FakeClock clock = new FakeClock("2026-12-01T01:40:00Z");
  private final Telemetry telemetry = new Telemetry(clock);

  /** Its number is its seed. */
  @RepeatedTest(100)
  void deadHostIsClosedByWhoeverIsThere(RepetitionInfo repetition) throws Exception {
    Random random = new Random(repetition.getCurrentRepetition());
    // Each request of the two that are up, and of the third that comes back, is a step.
    Turns turns = new Turns(random.nextLong());
    MemoryArchive archive = new MemoryArchive(turns::step);
    List<Row> rows = leaveOpen(archive, random);
    List<Row> late = List.of(row(MIDNIGHT - 1800, 2, 0.9), row(MIDNIGHT - 1799, 2, 0.8));
    clock.advance(Duration.ofHours(4));
    List<Callable<?>> actors = new ArrayList<>();
    actors.add(() -> closeOrphans(archive, "web-1", random.nextLong()));
    actors.add(() -> closeOrphans(archive, "web-2", random.nextLong()));
    boolean comesBack = random.nextBoolean();
    if (comesBack) {
      actors.add(() -> comeBack(archive, late));
    }

    turns.run(actors);

    if (comesBack) {
      rows.addAll(late);
    }
    Tiers.assertHold(archive, DEAD, rows);
    Audited.assertFine(archive, clock);
    HostRecords records = new HostRecords(archive);
    assertThat(records.find(DAY, DEAD).record().orElseThrow().closed()).isTrue();
    HostRecord last = records.find(DAY.plusDays(1), DEAD).record().orElseThrow();
    assertThat(last.closed()).isTrue();
    assertThat(last.state()).isEqualTo(State.LOST);
    assertThat(last.runs().getLast().how()).contains("lost");
    if (!comesBack) {
      for (String key : Tiers.keys(archive, Tier.SECONDS, DEAD)) {
        assertThat(archive.puts(key)).as(key).isEqualTo(1);
      }
    }
  }

  private Boolean closeOrphans(MemoryArchive archive, String self, long seed) throws IOException {
    HostRecords records = new HostRecords(archive);
    new Orphans(
            records,
            new Closing(records, new Compaction(archive, clock, telemetry)),
            Optional.of(new HostName(self)),
            clock,
            new SplittableRandom(seed))
        .close();
    return true;
  }

  /** What the dead one's spool still had, put and compacted by itself. */
  private Boolean comeBack(MemoryArchive archive, List<Row> late) throws IOException {
    Tiers.flush(archive, late, 99);
    Compaction compaction = new Compaction(archive, clock, telemetry);
    compaction.hours(DEAD, List.of(MIDNIGHT - 3600));
    compaction.day(DEAD, MIDNIGHT - 86_400);
    return true;
  }

  /** Rows of two hours before and one after midnight, of which the first is compacted. */
  private List<Row> leaveOpen(MemoryArchive archive, Random random) throws IOException {
    List<Row> rows = new ArrayList<>();
    int seq = 0;
    for (long hour = MIDNIGHT - 7200; hour <= MIDNIGHT; hour += 3600) {
      for (int flush = 0; flush < 1 + random.nextInt(3); flush++) {
        List<Row> flushed = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          flushed.add(row(hour + 600L * flush + i * 40L, 1, random.nextDouble()));
        }
        Tiers.flush(archive, flushed, seq++);
        rows.addAll(flushed);
      }
    }
    new Compaction(archive, clock, telemetry).hours(DEAD, List.of(MIDNIGHT - 7200));
    HostRecords records = new HostRecords(archive);
    for (LocalDate day : List.of(DAY, DAY.plusDays(1))) {
      long start = day.toEpochDay() * 86_400;
      long renewed = day.equals(DAY) ? MIDNIGHT : MIDNIGHT + 600;
      records.replace(
          day,
          records.find(day, DEAD),
          new HostRecord(
              DEAD,
              machine(),
              renewed,
              MIDNIGHT - 3600,
              false,
              State.RUNNING,
              List.of(new Run(1, start, renewed, Optional.empty()))));
    }
    return rows;
  }

  @Test
  void hostThatIsUpIsLeftAlone() throws IOException {
    MemoryArchive archive = new MemoryArchive();
    leaveOpen(archive, new Random(1));

    closeOrphans(archive, "web-1", 1);

    assertThat(Tiers.keys(archive, Tier.SECONDS, DEAD)).hasSize(1);
    assertThat(new HostRecords(archive).find(DAY, DEAD).record().orElseThrow().closed()).isFalse();
  }

  @Test
  void sweepClosesWhatHasNoRecordToo() throws IOException {
    MemoryArchive archive = new MemoryArchive();
    List<Row> rows = leaveOpen(archive, new Random(1));
    archive.expire("v1/hosts/");
    Tiers.flush(archive, List.of(Rows.at(MIDNIGHT - 100, 1, 0.5)), 7);
    archive.put("v1/raw/dt=2026-11-30/hour=99/host=web-1/x", new byte[0]);
    archive.put("v1/raw/dt=2026-11-30/hour=10/host=<b>/x", new byte[0]);
    archive.put("v1/raw/notes/x", new byte[0]);

    List<String> told = new ArrayList<>();
    Sweep.Outcome outcome = new Sweep(archive, clock, told::add, telemetry).run(Scope.ALL);

    assertThat(outcome).isEqualTo(new Sweep.Outcome(3, 0));
    assertThat(told)
        .containsExactly(
            "left alone, because it is none of fleetdash's: v1/raw/dt=2026-11-30/hour=10/host=<b>/",
            "left alone, because it is none of fleetdash's: v1/raw/dt=2026-11-30/hour=99/",
            "2026-11-30 web-1: 1 hours",
            "2026-11-30 web-3: 2 hours",
            "2026-12-01 web-3: 1 hours",
            "left alone, because it is none of fleetdash's: v1/raw/notes/");
    Tiers.assertHold(archive, DEAD, rows);
  }

  @Test
  void sweepClosesRecordsAndPassesOverThemNextTime() throws IOException {
    MemoryArchive archive = new MemoryArchive();
    List<Row> rows = leaveOpen(archive, new Random(1));
    clock.advance(Duration.ofHours(4));

    new Sweep(archive, clock, _ -> {}, telemetry).run(Scope.ALL);
    Sweep.Outcome again = new Sweep(archive, clock, _ -> {}, telemetry).run(Scope.ALL);

    assertThat(again.days()).isZero();
    Tiers.assertHold(archive, DEAD, rows);
    assertThat(new HostRecords(archive).find(DAY.plusDays(1), DEAD).record().orElseThrow().state())
        .isEqualTo(State.LOST);
  }

  @Test
  void sweepLeavesTheHourOfAHostThatIsUp() throws IOException {
    MemoryArchive archive = new MemoryArchive();
    leaveOpen(archive, new Random(1));
    clock.set(java.time.Instant.ofEpochSecond(MIDNIGHT + 700));

    new Sweep(archive, clock, _ -> {}, telemetry).run(Scope.ALL);

    assertThat(Tiers.keys(archive, Tier.SECONDS, DEAD)).hasSize(2);
  }

  private static Row row(long ts, long run, double cpu) {
    return Row.at(ts, DEAD, run)
        .set(Metric.CPU_UTILIZATION, cpu)
        .set(Metric.UPTIME_SECONDS, ts % 1000)
        .build();
  }

  private static Machine machine() {
    return new Machine(
        "m", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "1", 1);
  }
}
