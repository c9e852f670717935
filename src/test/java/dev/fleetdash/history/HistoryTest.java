package dev.fleetdash.history;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.Flusher;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final long TS = Rows.ts(START);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private Archive archive;
  private Spool spool;
  private Ring ring;
  private ArchiveReader raw;
  private long uptime = 1000;

  @BeforeEach
  void open() throws IOException {
    archive = ArchiveLocation.parse("file:" + directory.resolve("archive")).open(telemetry);
    start();
  }

  @AfterEach
  void close() {
    raw.close();
    spool.close();
    archive.close();
  }

  private void start() throws IOException {
    spool =
        Spool.open(directory.resolve("spool"), new Spool.Settings(60, 1 << 20), clock, telemetry);
    ring = new Ring(4 << 20);
    raw = new ArchiveReader(archive, spool, clock, clock::nanos);
  }

  /** What was sampled before is in the archive, or only in the spool; the ring is empty. */
  private void restart(boolean flush) throws IOException {
    spool.seal();
    if (flush) {
      flush();
    }
    raw.close();
    spool.close();
    start();
  }

  private void flush() {
    try (Flusher flusher =
        new Flusher(
            spool,
            archive,
            Duration.ofMinutes(1),
            Duration.ZERO,
            clock,
            new SplittableRandom(),
            telemetry)) {
      flusher.drain(Patience.LIMIT);
    }
  }

  @Test
  void oneQuestionSpansRingSpoolAndArchive() throws Exception {
    sample(TS, TS + 100, 0.1);
    restart(true);
    sample(TS + 100, TS + 200, 0.2);
    restart(false);
    sample(TS + 200, TS + 300, 0.3);

    Range range = ask(TS, TS + 300, 300, Metric.CPU_UTILIZATION);

    assertThat(range.step()).isOne();
    assertThat(range.problems()).isEmpty();
    assertThat(avg(range))
        .containsExactly(
            Stream.of(0.1, 0.2, 0.3)
                .flatMap(v -> Stream.generate(() -> v).limit(100))
                .toArray(Double[]::new));
    assertThat(range.completeness().get(HOST)).hasValue(1.0);
  }

  @Test
  void bucketsBeginAtEpochMultiplesOfARoundStep() throws Exception {
    sample(TS, TS + 600, 0.5);

    Range range = ask(TS + 7, TS + 590, 30, Metric.CPU_UTILIZATION);

    assertThat(range.step()).isEqualTo(20);
    assertThat(range.start()).isEqualTo(TS);
    assertThat(range.buckets()).isEqualTo(30);
  }

  @Test
  void minAvgAndMaxAreExactWhicheverSourceAndStep() throws Exception {
    for (long ts = TS; ts < TS + 7200; ts++) {
      append(row(ts, ts % 100 / 100.0));
      if (ts == TS + 3700) {
        restart(true);
      }
    }

    Range range = ask(TS, TS + 7200, 12, Metric.CPU_UTILIZATION);

    assertThat(range.step()).isEqualTo(600);
    assertThat(range.series().getFirst().min()).containsOnly(0);
    assertThat(range.series().getFirst().max()).containsOnly(9900);
    assertThat(avg(range)).containsOnly(0.495);
  }

  @Test
  void aGapIsAGap() throws Exception {
    sample(TS, TS + 60, 0.5);
    sample(TS + 180, TS + 240, 0.5);

    Range range = ask(TS, TS + 240, 4, Metric.CPU_UTILIZATION);

    assertThat(avg(range)).containsExactly(0.5, Double.NaN, Double.NaN, 0.5);
    assertThat(range.series().getFirst().min()).contains(Row.ABSENT);
    assertThat(range.completeness().get(HOST)).hasValue(0.5);
  }

  @Test
  void timeInWhichNoRunWasUpCostsNoCompleteness() throws Exception {
    sample(TS, TS + 60, 0.5);
    restart(true);
    clock.advance(Duration.ofMinutes(10));
    restart(true);
    sample(TS + 660, TS + 720, 0.5);

    Range range = ask(TS, TS + 720, 720, Metric.CPU_UTILIZATION);

    assertThat(range.completeness().get(HOST)).hasValue(1.0);
  }

  @Test
  void aSecondThatTwoRunsHaveIsCountedOnceAndTheLaterRunWins() throws Exception {
    sample(TS, TS + 60, 0.1);
    clock.advance(Duration.ofSeconds(-90));
    restart(true);
    sample(TS + 30, TS + 90, 0.9);
    restart(true);

    Range range = ask(TS, TS + 90, 3, Metric.CPU_UTILIZATION);

    assertThat(avg(range)).containsExactly(0.1, 0.9, 0.9);
  }

  @Test
  void whatAnEarlierRunArchivedIsShownAfterABootIn1970() throws Exception {
    sample(TS, TS + 60, 0.1);
    restart(true);
    sample(300, 312, 0.5);
    sample(TS + 120, TS + 180, 0.9);

    Range range = ask(TS, TS + 180, 3, Metric.CPU_UTILIZATION);

    assertThat(avg(range)).containsExactly(0.1, Double.NaN, 0.9);
  }

  @ParameterizedTest
  @ValueSource(longs = {3_600, 20, -40, -3_600})
  void aClockThatWasSetLeavesNoGap(long by) throws Exception {
    sample(TS, TS + 60, 0.1);
    sample(TS + 60 + by, TS + 120 + by, 0.9);
    clock.advance(Duration.ofHours(2));
    restart(true);

    Range range = ask(TS - 3_600, TS + 3_780, 7_380, Metric.CPU_UTILIZATION);

    assertThat(range.completeness().get(HOST)).hasValue(1.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {3_600, -40, -3_600})
  void aClockThatWasSetLeavesNoGapInTheLiveChart(long by) throws Exception {
    sample(TS, TS + 60, 0.1);
    sample(TS + 60 + by, TS + 120 + by, 0.9);
    clock.advance(Duration.ofHours(2));
    spool.seal();

    Range range = ask(TS - 3_600, TS + 3_780, 7_380, Metric.CPU_UTILIZATION);

    assertThat(range.completeness().get(HOST)).hasValue(1.0);
  }

  @Test
  void rowsOfBeforeAStepBackAreReplacedByThoseAfterIt() throws Exception {
    sample(TS, TS + 100, 0.1);
    sample(TS + 40, TS + 70, 0.9);
    Range live = ask(TS, TS + 100, 10, Metric.CPU_UTILIZATION);
    restart(true);
    Range archived = ask(TS, TS + 100, 10, Metric.CPU_UTILIZATION);

    assertThat(avg(live)).containsExactly(0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1);
    assertThat(avg(archived)).isEqualTo(avg(live));
  }

  @Test
  void corruptObjectsAreSkippedAndNamed() throws Exception {
    sample(TS, TS + 240, 0.5);
    restart(true);
    List<Path> objects = objects();
    byte[] whole = Files.readAllBytes(objects.get(1));
    Files.write(objects.get(1), java.util.Arrays.copyOf(whole, whole.length / 2));
    Files.writeString(objects.get(2), "not gzip at all");
    Files.writeString(objects.get(0).resolveSibling("notes.txt"), "foreign");

    Range range = ask(TS, TS + 240, 4, Metric.CPU_UTILIZATION);

    assertThat(avg(range)).containsExactly(0.5, Double.NaN, Double.NaN, 0.5);
    assertThat(range.problems())
        .extracting(Range.Problem::key)
        .containsExactlyInAnyOrder(
            key(objects.get(1)),
            key(objects.get(2)),
            key(objects.get(0).resolveSibling("notes.txt")));
    assertThat(range.problems()).allMatch(problem -> !problem.reason().isBlank());
  }

  @Test
  void familiesGiveALineAnItem() throws Exception {
    for (long ts = TS; ts < TS + 120; ts += 10) {
      append(
          Row.at(ts, HOST, spool.run())
              .set(Metric.UPTIME_SECONDS, ts - TS)
              .add(
                  Family.DISKS,
                  List.of(
                      Item.of(Family.DISKS, "sda").set(Metric.DISK_DEVICE_BUSY_RATIO, 0.25).build(),
                      Item.of(Family.DISKS, "sdb")
                          .set(Metric.DISK_DEVICE_BUSY_RATIO, 0.75)
                          .build()))
              .build());
      if (ts == TS + 60) {
        restart(true);
      }
    }

    Range range = ask(TS, TS + 120, 120, Metric.DISK_DEVICE_BUSY_RATIO);

    assertThat(range.step()).isEqualTo(10);
    assertThat(range.series()).extracting(Range.Series::key).containsExactly("sda", "sdb");
    assertThat(range.series().get(0).avg()).containsOnly(0.25);
    assertThat(range.series().get(1).avg()).containsOnly(0.75);
  }

  @Test
  void aMetricThatIsNeverThereIsALineWithoutValues() throws Exception {
    sample(TS, TS + 10, 0.5);

    Range range = ask(TS, TS + 10, 10, Metric.SWAP_USED_BYTES);

    assertThat(range.series())
        .singleElement()
        .satisfies(series -> assertThat(series.avg()).containsOnly(Double.NaN));
  }

  @Test
  void anotherHostIsReadFromTheArchiveAndAnUnknownOneIsRefused() throws Exception {
    sample(TS, TS + 60, 0.5);
    restart(true);
    History elsewhere =
        new History(
            new Live(new HostName("web-2"), 1, new Ring(1 << 20), spool),
            Recent.Lookup.NOBODY,
            raw);

    Range range =
        Asked.of(
            elsewhere,
            new RangeQuery(List.of(HOST), List.of(Metric.CPU_UTILIZATION), TS, TS + 60, 60));

    assertThat(avg(range)).containsOnly(0.5);
    assertThatThrownBy(() ->
            Asked.of(
                elsewhere,
                new RangeQuery(
                    List.of(new HostName("web-3")), List.of(Metric.LOAD1), TS, TS + 60, 60)))
        .isInstanceOf(NoSuchHostException.class)
        .hasMessageContaining("web-3")
        .hasMessageContaining("web-2");
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "5, 5", "12, 60", "30, 30", "60, 60", "7, 10"})
  void chartOfAnotherHostHasItsStepAndNotTheOneOfTheNodeThatIsAsked(int theirs, int step)
      throws Exception {
    sample(TS, TS + 60, 0.5);
    restart(true);
    Recent.Lookup fleet =
        new Recent.Lookup() {
          @Override
          public Optional<Recent> of(HostName host) {
            return Optional.empty();
          }

          @Override
          public OptionalInt sampleSeconds(HostName host) {
            return OptionalInt.of(theirs);
          }
        };
    Live here = new Live(new HostName("web-2"), 10, new Ring(1 << 20), spool);

    RangeQuery query =
        new RangeQuery(List.of(HOST), List.of(Metric.CPU_UTILIZATION), TS, TS + 60, 60);

    assertThat(Asked.of(new History(here, fleet, raw), query).step()).isEqualTo(step);
  }

  @Test
  void aPeersNewestRowsJoinThoseOfTheArchive() throws Exception {
    sample(TS, TS + 60, 0.1);
    restart(true);
    HostName here = new HostName("web-2");
    Recent peer =
        (query, into) -> {
          into.series(Metric.CPU_UTILIZATION, "").add(TS + 60, 1000, 3000, 60_000, 30);
          into.rows(7000, TS + 60, TS + 118, 30, 2);
          return OptionalLong.of(TS + 60);
        };
    History history =
        new History(
            new Live(here, 1, new Ring(1 << 20), spool),
            host -> host.equals(HOST) ? Optional.of(peer) : Optional.empty(),
            raw);

    Range range =
        Asked.of(
            history,
            new RangeQuery(List.of(HOST), List.of(Metric.CPU_UTILIZATION), TS, TS + 120, 2));

    assertThat(avg(range)).containsExactly(0.1, 0.2);
    assertThat(range.series().getFirst().max()).containsExactly(1000, 3000);
  }

  @Test
  void aPeerThatCannotBeAskedIsNamedAndTheArchiveReadInstead() throws Exception {
    sample(TS, TS + 60, 0.1);
    restart(true);
    History history =
        new History(
            new Live(new HostName("web-2"), 1, new Ring(1 << 20), spool),
            _ ->
                Optional.of((_, _) -> {
                  throw new IOException("no answer within 500 ms");
                }),
            raw);

    Range range =
        Asked.of(
            history,
            new RangeQuery(List.of(HOST), List.of(Metric.CPU_UTILIZATION), TS, TS + 60, 1));

    assertThat(avg(range)).containsExactly(0.1);
    assertThat(range.problems())
        .containsExactly(new Range.Problem("web-1", "no answer within 500 ms"));
  }

  @Test
  void withoutTheArchiveTheRestIsAnsweredAndTheProblemNamed() throws Exception {
    sample(TS, TS + 60, 0.1);
    restart(true);
    sample(TS + 60, TS + 120, 0.2);
    breakArchive();

    Range range = ask(TS, TS + 120, 2, Metric.CPU_UTILIZATION);

    assertThat(avg(range)).containsExactly(Double.NaN, 0.2);
    assertThat(range.problems())
        .singleElement()
        .satisfies(problem -> assertThat(problem.key()).startsWith("file:"));
  }

  @Test
  void withoutTheArchiveAndWithoutASingleRowTheAnswerIsAFailureAndNotEmpty() throws Exception {
    sample(TS, TS + 60, 0.1);
    restart(true);
    breakArchive();

    assertThatThrownBy(() -> ask(TS, TS + 60, 60, Metric.CPU_UTILIZATION))
        .isInstanceOf(ArchiveException.class);
  }

  @Test
  void aShortRangeReadsOnlyTheSegmentsItNeeds() throws Exception {
    sample(TS, TS + 1800, 0.5);
    restart(true);
    for (Path object : objects().subList(0, 25)) {
      Files.writeString(object, "would be a problem if it were read");
    }

    Range range = ask(TS + 1560, TS + 1800, 240, Metric.CPU_UTILIZATION);

    assertThat(range.problems()).isEmpty();
    assertThat(avg(range)).hasSize(240).containsOnly(0.5);
  }

  private void breakArchive() throws IOException {
    Path root = directory.resolve("archive");
    Files.move(root, directory.resolve("moved"));
    Files.writeString(root, "a file where the directory was");
  }

  private List<Path> objects() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("archive/v1"))) {
      return files.filter(file -> file.toString().endsWith(".gz")).sorted().toList();
    }
  }

  private String key(Path file) {
    return directory.resolve("archive").relativize(file).toString();
  }

  private void sample(long from, long to, double cpu) {
    for (long ts = from; ts < to; ts++) {
      append(row(ts, cpu));
    }
  }

  /** As on a host: the uptime goes on whatever the clock does. */
  private Row row(long ts, double cpu) {
    return Row.at(ts, HOST, spool.run())
        .set(Metric.CPU_UTILIZATION, cpu)
        .set(Metric.UPTIME_SECONDS, uptime++)
        .build();
  }

  private void append(Row row) {
    ring.append(row);
    spool.append(row);
    clock.advance(Duration.ofSeconds(1));
  }

  private Range ask(long from, long to, int points, Metric metric) throws Exception {
    History history = new History(new Live(HOST, 1, ring, spool), Recent.Lookup.NOBODY, raw);
    return Asked.of(history, new RangeQuery(List.of(HOST), List.of(metric), from, to, points));
  }

  private static Double[] avg(Range range) {
    return java.util.Arrays.stream(range.series().getFirst().avg()).boxed().toArray(Double[]::new);
  }
}
