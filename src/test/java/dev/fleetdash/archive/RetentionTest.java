package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  private static final Retention.Ages AGES =
      new Retention.Ages(
          Duration.ofDays(40),
          Duration.ofDays(400),
          Duration.ofDays(730),
          Duration.ofDays(3650),
          Duration.ofDays(3650));

  @TempDir private Path root;
  private final FakeClock clock = new FakeClock("2026-11-23T10:15:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private DirectoryArchive archive;
  private Retention retention;

  @BeforeEach
  void open() {
    archive = new DirectoryArchive(root);
    retention = new Retention(archive, AGES, clock, clock::nanos, telemetry);
  }

  @Test
  void partitionGoesWhenItsLastInstantIsOlderThanTheAge() throws IOException {
    // 2026-11-23T10:15Z less 400 days is 2025-10-19T10:15Z.
    String gone = put("v1/1s/dt=2025-10-18/hour=23/host=web-1/data.ndjson.gz");
    String kept = put("v1/1s/dt=2025-10-19/hour=00/host=web-1/data.ndjson.gz");
    String minutesGone = put("v1/1m/dt=2024-11-22/host=web-1/data.ndjson.gz");
    String minutesKept = put("v1/1m/dt=2024-11-23/host=web-1/data.ndjson.gz");
    // Less 3650 days is 2016-11-25.
    String hoursGone = put("v1/1h/month=2016-10/host=web-1/data.ndjson.gz");
    String hoursKept = put("v1/1h/month=2016-11/host=web-1/data.ndjson.gz");
    String daysGone = put("v1/1d/year=2015/host=web-1/data.ndjson.gz");
    String recordGone = put("v1/hosts/dt=2016-11-24/web-1.json");
    String recordKept = put("v1/hosts/dt=2016-11-25/web-1.json");
    String daysKept = put("v1/1d/year=2016/host=web-1/data.ndjson.gz");

    retention.applyIfDue();

    assertThat(keys())
        .containsExactlyInAnyOrder(kept, minutesKept, hoursKept, daysKept, recordKept)
        .doesNotContain(gone, minutesGone, hoursGone, daysGone, recordGone);
    assertThat(root.resolve("v1/1s/dt=2025-10-18")).doesNotExist();
    assertThat(count()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {800, -800})
  void hostWhoseClockIsYearsOffDeletesWhatIsOldByTheFileSystemsTime(int days) throws IOException {
    LocalDate today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
    Telemetry off =
        new Telemetry(InstantSource.offset(InstantSource.system(), Duration.ofDays(days)));
    DirectoryArchive shared = new DirectoryArchive(root, off.clocks()::archiveSaid);
    String others = put("v1/1s/dt=" + today.minusDays(30) + "/hour=23/host=web-2/data.ndjson.gz");
    String old = put("v1/1s/dt=" + today.minusDays(500) + "/hour=23/host=web-2/data.ndjson.gz");

    new Retention(shared, AGES, off.clocks(), System::nanoTime, off).applyIfDue();

    assertThat(keys()).contains(others).doesNotContain(old);
    assertThat(off.state("clock").orElseThrow().detail()).contains("800 days");
  }

  @Test
  void rawGoesOnlyWhenTheCompactedHourHoldsItsRows() throws IOException {
    String first = rows(raw(0), 0, 60);
    String second = rows(raw(60), 60, 120);

    retention.applyIfDue();
    assertThat(keys()).containsExactlyInAnyOrder(first, second);

    String compacted = rows("v1/1s/dt=2026-10-01/hour=10/host=web-1/data.ndjson.gz", 0, 119);
    applyNextDay();
    assertThat(keys()).containsExactlyInAnyOrder(first, second, compacted);

    rows(compacted, 0, 3600);
    applyNextDay();
    assertThat(keys()).containsExactly(compacted);
  }

  @Test
  void rawHourGoesWhenItIsOverForItsAge() throws IOException {
    rows("v1/1s/dt=2026-10-01/hour=10/host=web-1/data.ndjson.gz", 0, 60);
    String raw = rows(raw(0), 0, 60);

    clock.set(Instant.parse("2026-11-10T10:59:59Z"));
    retention.applyIfDue();
    assertThat(keys()).contains(raw);

    clock.advance(Duration.ofDays(1));
    retention.applyIfDue();
    assertThat(keys()).doesNotContain(raw);
  }

  @Test
  void rawStaysWhereItCannotBeRead() throws IOException {
    String compacted = rows("v1/1s/dt=2026-10-01/hour=10/host=web-1/data.ndjson.gz", 0, 3600);
    String good = rows(raw(0), 0, 60);
    String damaged = put(raw(60));

    retention.applyIfDue();

    assertThat(keys()).containsExactlyInAnyOrder(compacted, good, damaged);
  }

  @Test
  void rowsOfAnotherHourKeepTheirObject() throws IOException {
    String compacted = rows("v1/1s/dt=2026-10-01/hour=10/host=web-1/data.ndjson.gz", 0, 3600);
    String across = rows(raw(0), 3590, 3610);

    retention.applyIfDue();

    assertThat(keys()).containsExactlyInAnyOrder(compacted, across);
  }

  @Test
  void foreignFilesAreLeftAlone() throws IOException {
    List<String> foreign =
        List.of(
            "v1/1s/dt=2020-01-01/notes.txt",
            "v1/1s/dt=2020-01-01/hour=00/host=web-1/data.ndjson.gz.bak",
            "v1/1s/dt=2020-13-01/hour=00/host=web-1/data.ndjson.gz",
            "v1/1m/mine/x",
            "v1/raw/dt=2020-01-01/hour=00/host=web-1/notes.txt",
            "v1/raw/dt=2020-01-01/hour=xx/host=web-1/000000-1-1.ndjson.gz",
            "v1/hosts/dt=2010-01-01/web-1.txt",
            "v1/hosts/dt=2020-01-01/web-1.json",
            "fleet/key",
            "other/dt=2020-01-01/hour=00/host=web-1/data.ndjson.gz");
    for (String key : foreign) {
      put(key);
    }
    put("v1/1s/dt=2020-01-01/hour=00/host=web-1/data.ndjson.gz");

    retention.applyIfDue();

    assertThat(keys()).containsExactlyInAnyOrderElementsOf(foreign);
  }

  @Test
  void itIsAppliedOnceADay() throws IOException {
    retention.applyIfDue();
    put("v1/1s/dt=2020-01-01/hour=00/host=web-1/data.ndjson.gz");

    clock.advance(Duration.ofHours(23));
    retention.applyIfDue();
    assertThat(count()).isZero();

    clock.advance(Duration.ofHours(1));
    retention.applyIfDue();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void emptyArchiveIsNotMade() throws IOException {
    Path absent = root.resolve("absent");

    new Retention(new DirectoryArchive(absent), AGES, clock, clock::nanos, telemetry).applyIfDue();

    assertThat(Files.exists(absent)).isFalse();
  }

  @Test
  void rawMayNotOutliveItsCompactedHours() {
    assertThatThrownBy(() ->
            new Retention.Ages(
                Duration.ofDays(2),
                Duration.ofDays(1),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO))
        .hasMessageContaining("FLEETDASH_RETAIN_RAW")
        .hasMessageContaining("FLEETDASH_RETAIN_1S");
  }

  private void applyNextDay() throws IOException {
    clock.advance(Duration.ofDays(1));
    retention.applyIfDue();
  }

  private static String raw(int second) {
    return new RawKey(Rows.HOST, Rows.ts("2026-10-01T10:00:00Z") + second, 1, second).text();
  }

  private String rows(String key, int from, int to) throws IOException {
    long start = Rows.ts("2026-10-01T10:00:00Z");
    StringBuilder lines = new StringBuilder();
    for (int second = from; second < to; second++) {
      lines.append("{\"ts\":").append(start + second).append(",\"host\":\"web-1\",\"run\":1}\n");
    }
    archive.put(key, Gzip.compress(lines.toString().getBytes(UTF_8)));
    return key;
  }

  private String put(String key) throws IOException {
    archive.put(key, new byte[] {1, 2, 3});
    return key;
  }

  private List<String> keys() throws IOException {
    return archive.list("", 1000).stream().map(Archive.Listed::key).toList();
  }

  private long count() {
    return telemetry.counters().stream()
        .filter(c -> c.name().equals("archive_objects_expired"))
        .mapToLong(c -> c.count())
        .sum();
  }
}
