package dev.fleetdash.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.audit.Report.Gap;
import dev.fleetdash.audit.Report.HostDay;
import dev.fleetdash.audit.Report.Hour;
import dev.fleetdash.compact.Sweep;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AuditTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final long HOUR = Rows.ts(START);
  private static final LocalDate DAY = LocalDate.parse("2026-11-23");

  private final FakeClock clock = new FakeClock("2026-11-28T00:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private final MemoryArchive archive = new MemoryArchive();

  /** Two hours of rows, a minute each. */
  private void fill() throws IOException {
    for (int minute = 0; minute < 120; minute++) {
      Tiers.flush(archive, minute(HOUR + 60L * minute, 1), minute);
    }
  }

  private static List<Row> minute(long start, long run) {
    List<Row> rows = new ArrayList<>();
    for (int second = 0; second < 60; second++) {
      rows.add(Rows.at(start + second, run, second * 0.01));
    }
    return rows;
  }

  private void compact() throws IOException {
    new Sweep(archive, clock, _ -> {}, telemetry).run(Scope.ALL);
  }

  private Audited audit() throws IOException {
    return Audited.at(clock.instant(), archive, Scope.ALL);
  }

  private static String key(Tier tier) {
    return TierKey.of(tier, Rows.HOST, HOUR).text();
  }

  private byte[] bytes(String key) {
    return archive.get(key, 1 << 24).orElseThrow().bytes();
  }

  private String text(String key) throws IOException {
    return new String(
        new GZIPInputStream(new ByteArrayInputStream(bytes(key))).readAllBytes(), UTF_8);
  }

  private void write(String key, String text) {
    archive.put(key, Gzip.compress(text.getBytes(UTF_8)));
  }

  @Test
  void compactedArchiveIsFine() throws IOException {
    fill();
    compact();

    Audited audited = audit();

    assertThat(audited.wrong).isEmpty();
    assertThat(audited.outcome())
        .isEqualTo(new Report.Outcome(1, 1, audited.outcome().objects(), 7200, 0, 0, 0, 0));
    assertThat(audited.outcome().objects()).isGreaterThan(120 + 2 + 3);
  }

  @Test
  void anHourWithMoreObjectsThanAreHeldIsAuditedAndCompactedWhole() throws IOException {
    for (int i = 0; i < 9_000; i++) {
      Tiers.flush(archive, List.of(Rows.at(HOUR + i % 3_600, 1 + i / 3_600, 0.5)), i);
    }
    compact();

    Audited audited = audit();

    assertThat(audited.wrong).isEmpty();
    assertThat(audited.outcome().rows()).isEqualTo(3_600);
    assertThat(audited.outcome().objects()).isGreaterThan(9_000);
  }

  @Test
  void ofManyWrongObjectsInAFolderSomeAreNamedAndTheRestCounted() throws IOException {
    for (int i = 0; i < 5_000; i++) {
      archive.put(new RawKey(Rows.HOST, HOUR + i % 3_600, 1, i).text(), new byte[] {1, 2, 3});
    }

    Audited audited = audit();

    assertThat(audited.outcome().wrong()).isEqualTo(5_000);
    assertThat(audited.wrong).hasSize(101);
    assertThat(audited.wrong.getLast()).contains("4,900 more");
  }

  @Test
  void emptyArchiveIsNoneToAudit() throws IOException {
    assertThat(audit().outcome().isEmpty()).isTrue();
  }

  @Test
  void rowsThatNobodyCompactedAreWrongOnceTheyAreDue() throws IOException {
    fill();

    clock.set(Instant.parse("2026-11-23T12:10:00Z"));
    Audited early = audit();
    assertThat(early.wrong).isEmpty();
    assertThat(early.outcome().open()).isPositive();

    clock.set(Instant.parse("2026-11-28T00:00:00Z"));
    assertThat(audit().wrong)
        .hasSize(2)
        .first()
        .isEqualTo(
            key(Tier.SECONDS)
                + " lacks 3600 rows that raw has, the first of 2026-11-23T10:00:00Z; --compact"
                + " --from 2026-11-23 --to 2026-11-24 --host web-1 makes that good");
  }

  /** Cut so that the gzip is damaged. */
  @ParameterizedTest
  @EnumSource(Tier.class)
  void cutObjectIsNamed(Tier tier) throws IOException {
    fill();
    compact();
    byte[] whole = bytes(key(tier));
    archive.put(key(tier), Arrays.copyOf(whole, whole.length / 2));

    assertThat(audit().wrong).hasSize(1).first().asString().startsWith(key(tier));
  }

  /** Cut so that it is a good object of fewer rows: what else there is knows of the others. */
  @ParameterizedTest
  @CsvSource({"SECONDS, true", "SECONDS, false", "MINUTES, true", "HOURS, true", "DAYS, true"})
  void lostRowsAreFound(Tier tier, boolean raw) throws IOException {
    fill();
    compact();
    if (!raw) {
      archive.expire("v1/raw/");
    }
    List<String> lines = text(key(tier)).lines().toList();
    write(key(tier), String.join("\n", lines.subList(0, lines.size() - 1)));

    assertThat(audit().wrong).isNotEmpty().allSatisfy(what -> assertThat(what).contains("v1/1"));
    assertThat(audit().wrong).anySatisfy(what -> assertThat(what).containsAnyOf("lacks", "gone"));
  }

  @ParameterizedTest
  @CsvSource({
    "SECONDS, 0.59, 0.58, differ from raw",
    "MINUTES, '\"max\":0.59', '\"max\":0.58', cpu_utilization has min 0.0",
    "HOURS, '\"max\":0.59', '\"max\":0.58', should have min",
    "DAYS, '\"max\":0.59', '\"max\":0.58', should have min",
    "DAYS, '\"run\":1', '\"run\":2', 'run is 2, and should be 1'",
  })
  void changedNumberIsFound(Tier tier, String from, String to, String what) throws IOException {
    fill();
    compact();
    write(key(tier), text(key(tier)).replaceFirst(from, to));

    assertThat(audit().wrong).anySatisfy(wrong -> assertThat(wrong).contains(key(tier), what));
  }

  @Test
  void lostHourIsFoundByItsMinutes() throws IOException {
    fill();
    compact();
    archive.expire("v1/raw/");
    archive.expire(key(Tier.SECONDS));

    assertThat(audit().wrong)
        .containsExactly(
            key(Tier.MINUTES)
                + " has 60 rows that sum up more than the finer tier still has, though that is too"
                + " young to have expired: rows are gone; the first of 2026-11-23T10:00:00Z: 60,"
                + " and none is left");
  }

  @Test
  void expiredRowsAreNotMissed() throws IOException {
    fill();
    compact();
    archive.expire("v1/raw/");
    archive.expire("v1/1s/");
    clock.set(Instant.parse("2028-01-10T00:00:00Z"));
    assertThat(audit().wrong).isEmpty();

    archive.expire("v1/1m/");
    clock.set(Instant.parse("2029-01-10T00:00:00Z"));
    assertThat(audit().wrong).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"ts\":1,\"host\":\"web-1\",\"run\":1} | has a row of another hour",
        "{\"ts\":%d,\"host\":\"web-1\",\"run\":2} | has a row of run 2",
        "{\"ts\":%d,\"host\":\"web-2\",\"run\":1} | is not of host web-1",
        "{\"ts\":%d,\"host\":\"../../etc\",\"run\":1} | is not of host web-1",
        "{\"ts\":%d,\"host\":\"<script>\",\"run\":1} | is not of host web-1",
        "{\"ts\":%1$d,\"host\":\"web-1\",\"run\":1}\\n{\"ts\":%1$d,\"host\":\"web-1\",\"run\":1} |"
            + " not unique and in order",
        "'' | cut off",
      })
  void flushThatIsNoneIsNamed(String line, String what) throws IOException {
    fill();
    compact();
    String key = new RawKey(Rows.HOST, HOUR + 60, 1, 1).text();
    write(key, line.formatted(HOUR + 60).replace("\\n", "\n"));
    if (line.isEmpty()) {
      archive.put(key, new byte[] {31, -117});
    }

    assertThat(audit().wrong)
        .hasSizeLessThan(3)
        .first()
        .satisfies(wrong -> assertThat(wrong).startsWith(key).contains(what));
  }

  /** First cut in the middle, then without its last row. */
  @ParameterizedTest
  @EnumSource(Tier.class)
  void whatIsWrongIsMadeGoodByCompactingThatDayAgain(Tier tier) throws IOException {
    fill();
    compact();
    byte[] whole = bytes(key(tier));
    List<String> lines = text(key(tier)).lines().toList();
    for (byte[] cut :
        List.of(
            Arrays.copyOf(whole, whole.length / 2),
            Gzip.compress(String.join("\n", lines.subList(0, lines.size() - 1)).getBytes(UTF_8)))) {
      archive.put(key(tier), cut);
      assertThat(audit().wrong).isNotEmpty();

      new Sweep(archive, clock, _ -> {}, telemetry)
          .run(new Scope(DAY, DAY.plusDays(1), Optional.of(Rows.HOST)));

      assertThat(audit().wrong).isEmpty();
    }
  }

  @Test
  void whatIsNoneOfOursIsNamedAndNothingMore() throws IOException {
    fill();
    compact();
    List<String> foreign =
        List.of(
            "v1/notes/x",
            "v1/notes.txt",
            "v1/raw/notes/x",
            "v1/raw/x.ndjson.gz",
            "v1/raw/dt=2026-11-23/hour=24/host=web-1/x",
            "v1/raw/dt=2026-11-23/hour=10/host=web-1/notes.txt",
            "v1/raw/dt=2026-11-23/hour=10/host=<b>/101500-1-1.ndjson.gz",
            "v1/raw/dt=2026-11-23/hour=10/host=../101500-1-1.ndjson.gz",
            "v1/raw/dt=2026-11-23/hour=10/host=x/../../../101500-1-1.ndjson.gz",
            "v1/1s/dt=2026-11-23/hour=10/host=web-1/other.ndjson.gz",
            "v1/1m/dt=2026-11-23/host=a b/data.ndjson.gz",
            "v1/1h/month=2026-13/host=web-1/data.ndjson.gz",
            "v1/1d/year=20x6/host=web-1/data.ndjson.gz",
            "v1/hosts/dt=2026-11-23/<img src=x>.json",
            "v2/raw/x");
    foreign.forEach(key -> archive.put(key, Gzip.compress(new byte[] {1})));
    archive.put("README.md", new byte[1]);
    archive.put("fleet/key", new byte[1]);
    archive.put("v1/README.md", new byte[1]);
    archive.put("v1/duckdb.sql", new byte[1]);

    List<String> named =
        audit().wrong.stream().map(wrong -> wrong.substring(0, wrong.indexOf(" is none"))).toList();

    assertThat(named)
        .containsExactlyInAnyOrder(
            "v1/notes/",
            "v1/notes.txt",
            "v1/raw/notes/",
            "v1/raw/x.ndjson.gz",
            "v1/raw/dt=2026-11-23/hour=24/",
            foreign.get(5),
            foreign.get(6),
            foreign.get(7),
            foreign.get(8),
            foreign.get(9),
            foreign.get(10),
            "v1/1h/month=2026-13/",
            "v1/1d/year=20x6/",
            foreign.get(13),
            "v2/");
  }

  @Test
  void gapsAndCompletenessComeFromTheRuns() throws IOException {
    fill();
    Tiers.flush(archive, minute(HOUR + 7260, 2), 200);
    compact();
    HostRecords records = new HostRecords(archive);
    Machine machine =
        new Machine(
            "m", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "1", 1);
    records.replace(
        DAY,
        records.find(DAY, Rows.HOST),
        new HostRecord(
            Rows.HOST,
            machine,
            HOUR + 7330,
            HOUR + 7200,
            true,
            State.ENDED,
            List.of(
                new Run(1, HOUR - 2, HOUR + 7203, Optional.of("stopped")),
                new Run(2, HOUR + 7220, HOUR + 7320, Optional.of("stopped")))));

    HostDay day = audit().days.getFirst();

    assertThat(day.rows()).isEqualTo(7260);
    assertThat(day.gaps()).containsExactly(new Gap(HOUR + 7220, 40));
    assertThat(day.hours()).containsExactly(new Hour(HOUR + 7200, 60, 100));
    assertThat(day.completeness().getAsDouble())
        .isCloseTo(7260.0 / 7300, org.assertj.core.data.Offset.offset(1e-9));
  }

  @Test
  void scopeIsKept() throws IOException {
    fill();
    compact();
    HostName other = new HostName("web-2");
    archive.put("v1/1m/dt=2026-11-23/host=web-2/data.ndjson.gz", new byte[1]);

    assertThat(audit().wrong).hasSize(1);
    assertThat(
            Audited.at(
                    clock.instant(),
                    archive,
                    new Scope(DAY, DAY.plusDays(1), Optional.of(Rows.HOST)))
                .wrong)
        .isEmpty();
    assertThat(
            Audited.at(
                    clock.instant(), archive, new Scope(DAY, DAY.plusDays(1), Optional.of(other)))
                .wrong)
        .hasSize(1);
    assertThat(
            Audited.at(
                    clock.instant(),
                    archive,
                    new Scope(DAY.plusDays(1), DAY.plusDays(2), Optional.empty()))
                .outcome()
                .isEmpty())
        .isTrue();
  }

  @Test
  void reportIsPrintedWithoutWhatATerminalObeys() throws Exception {
    fill();
    compact();
    archive.put("v1/\u001b[31mred", new byte[1]);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    var _ =
        new Audit(
                archive,
                new dev.fleetdash.archive.Retention.Ages(
                    java.time.Duration.ofDays(40),
                    java.time.Duration.ofDays(400),
                    java.time.Duration.ofDays(730),
                    java.time.Duration.ofDays(3650),
                    java.time.Duration.ofDays(3650)),
                clock,
                new PrintedReport(new PrintStream(out, false, UTF_8), Optional.empty()))
            .run(Scope.ALL);

    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            "wrong: v1/\ufffd[31mred is none of fleetdash's, and SQL engines may trip over it: move"
                + " it elsewhere",
            "2026-11-23 web-1: 7,200 rows",
            "audited: 1 days of 1 hosts, %d objects, 7,200 rows"
                .formatted(audit().outcome().objects()),
            "gaps: none",
            "wrong: 1");
  }
}
