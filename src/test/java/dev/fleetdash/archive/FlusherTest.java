package dev.fleetdash.archive;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Minutes pass by a clock that the test drives; the S3 server and its faults are real. */
class FlusherTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final long TS = Rows.ts(START);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static S3Server server;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private S3Archive archive;
  private Spool spool;
  private Flusher flusher;

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open(TestInfo test) throws IOException {
    String prefix = test.getTestMethod().orElseThrow().getName();
    archive = server.archive("s3://bucket/" + prefix, telemetry);
    restart(60);
  }

  private void restart(int flushSeconds) throws IOException {
    spool = Spool.open(directory, new Spool.Settings(flushSeconds, 1 << 20), clock, telemetry);
    flusher =
        new Flusher(
            spool,
            archive,
            Duration.ofSeconds(flushSeconds),
            Duration.ofSeconds(3),
            clock,
            new SplittableRandom(1),
            telemetry);
  }

  @AfterEach
  void close() throws IOException {
    server.faults().heal();
    flusher.close();
    spool.close();
    archive.close();
  }

  @Test
  void putsEachMinuteUnderTheKeyOfItsFirstRow() throws IOException {
    sample(TS + 15, TS + 130);

    Duration wait = flusher.flush();

    assertThat(archive.list("v1/raw/", 10))
        .extracting(Archive.Listed::key)
        .containsExactly(
            "v1/raw/dt=2026-11-23/hour=10/host=web-1/100015-" + spool.run() + "-0.ndjson.gz",
            "v1/raw/dt=2026-11-23/hour=10/host=web-1/100100-" + spool.run() + "-1.ndjson.gz");
    assertThat(spool.backlog().segments()).isZero();
    assertThat(wait).isPositive().isLessThanOrEqualTo(MINUTE);
    assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.UP);
  }

  @Test
  void tenMinutesWithoutS3CostNothingAndDoubleNothing() throws IOException {
    sample(TS, TS + 90);
    flusher.flush();
    server.stop();
    List<Duration> waits = new ArrayList<>();
    for (long minute = 1; minute <= 10; minute++) {
      sample(TS + 90 + 60 * (minute - 1), TS + 90 + 60 * minute);
      waits.add(flusher.flush());
    }
    assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.FAILING);
    assertThat(telemetry.part("archive").state().detail())
        .contains("s3://bucket/tenMinutesWithoutS3CostNothingAndDoubleNothing");
    assertThat(spool.backlog().segments()).isEqualTo(10);
    assertThat(spool.backlog().oldest()).contains(TS + 60);

    server.start();
    flusher.flush();

    assertThat(archivedSeconds()).isEqualTo(seconds(TS, TS + 660));
    assertThat(spool.backlog().segments()).isZero();
    assertThat(waits)
        .allMatch(wait -> wait.compareTo(MINUTE) <= 0)
        .allMatch(wait -> wait.compareTo(Duration.ofMillis(500)) >= 0);
    assertThat(waits.get(6)).isGreaterThan(Duration.ofSeconds(20));
    assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.UP);
  }

  @Test
  void theBacklogDrainsOldestFirst() throws IOException {
    server.stop();
    sample(TS, TS + 301);
    flusher.flush();
    server.start();
    int before = server.faults().requests().size();

    flusher.flush();

    assertThat(server.faults().requests().subList(before, server.faults().requests().size()))
        .filteredOn(request -> request.startsWith("PUT"))
        .hasSize(5)
        .isSorted();
  }

  @Test
  void anAnswerThatGotLostIsNoReasonToPutTwiceOrToGiveUp() throws IOException {
    sample(TS, TS + 61);
    server.faults().next(1, "PUT", new FaultProxy.Fault.LoseAnswer());

    flusher.flush();
    flusher.flush();

    assertThat(archivedSeconds()).isEqualTo(seconds(TS, TS + 60));
    assertThat(spool.backlog()).isEqualTo(new Spool.Backlog(0, 0, java.util.Optional.empty(), 0));
  }

  @Test
  void anAnswerThatGotLostBeforeAKillIsFoundOutAfterTheRestart() throws IOException {
    sample(TS, TS + 61);
    server.faults().always(new FaultProxy.Fault.LoseAnswer());
    flusher.flush();
    assertThat(spool.backlog().segments()).isOne();
    spool.close();
    server.faults().heal();

    restart(60);
    flusher.flush();

    assertThat(archivedSeconds()).isEqualTo(seconds(TS, TS + 61));
    assertThat(spool.backlog().segments()).isZero();
    assertThat(spool.backlog().quarantined()).isZero();
  }

  @Test
  void anObjectWithOtherContentIsNeverOverwrittenAndTheQueueGoesOn() throws IOException {
    String key = "v1/raw/dt=2026-11-23/hour=10/host=web-1/100000-" + spool.run() + "-0.ndjson.gz";
    byte[] foreign = {1, 2, 3};
    archive.put(key, foreign);
    sample(TS, TS + 121);

    flusher.flush();

    assertThat(archive.get(key, 100).orElseThrow().bytes()).isEqualTo(foreign);
    assertThat(spool.backlog().quarantined()).isOne();
    assertThat(spool.backlog().segments()).isZero();
    assertThat(archive.list("v1/raw/", 10)).hasSize(2);
  }

  @Test
  void aRestartWithinTheMinuteLosesAndOverwritesNothing() throws IOException {
    sample(TS, TS + 20);
    spool.close();
    clock.advance(Duration.ofSeconds(2));
    restart(60);
    sample(TS + 22, TS + 61);

    flusher.flush();

    assertThat(archive.list("v1/raw/", 10)).hasSize(2);
    assertThat(archivedSeconds())
        .containsExactlyElementsOf(
            LongStream.range(TS, TS + 60)
                .filter(ts -> ts != TS + 20 && ts != TS + 21)
                .boxed()
                .toList());
  }

  @Test
  void stepsOfTheClockAndOtherIntervalsLoseAndOverwriteNothing() throws IOException {
    sample(TS, TS + 100);
    sample(TS + 10, TS + 130);
    sample(TS + 86_400, TS + 86_410);
    sample(TS + 130, TS + 140);
    spool.close();
    clock.advance(Duration.ofSeconds(-90));
    restart(300);
    sample(TS + 50, TS + 70);
    spool.close();
    restart(10);
    sample(TS + 60, TS + 95);
    spool.seal();

    flusher.flush();

    assertThat(rowsArchived()).isEqualTo(100 + 120 + 10 + 10 + 20 + 35);
    assertThat(spool.backlog()).isEqualTo(new Spool.Backlog(0, 0, java.util.Optional.empty(), 0));
  }

  @Test
  void theLastFlushTakesNoLongerThanItMayAndLeavesTheRestInTheSpool() throws IOException {
    sample(TS, TS + 61);
    server.faults().always(new FaultProxy.Fault.Hang());

    boolean all = flusher.drain(Duration.ofMillis(50));

    assertThat(all).isFalse();
    assertThat(spool.backlog().segments()).isOne();
  }

  @Test
  void theLastFlushPutsEverything() throws IOException {
    sample(TS, TS + 30);
    spool.seal();

    boolean all = flusher.drain(Patience.LIMIT);

    assertThat(all).isTrue();
    assertThat(archivedSeconds()).isEqualTo(seconds(TS, TS + 30));
  }

  @Test
  void theLastFlushTriesAgainWhileTheArchiveFails() throws Exception {
    sample(TS, TS + 30);
    spool.seal();
    server.stop();
    CompletableFuture<Boolean> all =
        CompletableFuture.supplyAsync(() -> flusher.drain(Patience.LIMIT));
    await().until(() -> telemetry.part("archive").state().status() == Status.FAILING);
    assertThat(all).isNotDone();

    server.start();

    assertThat(Patience.get(all)).isTrue();
    assertThat(archivedSeconds()).isEqualTo(seconds(TS, TS + 30));
  }

  @Test
  void inAHurryItWaitsForNoCut() throws IOException {
    sample(TS, TS + 10);
    flusher.start();

    flusher.hurry();
    await().until(() -> archivedSeconds().equals(seconds(TS, TS + 10)));
    sample(TS + 10, TS + 14);

    await().until(() -> archivedSeconds().equals(seconds(TS, TS + 14)));
    assertThat(spool.backlog().segments()).isZero();
  }

  @Test
  void inAHurryItNeitherWaitsLongForAnArchiveThatFails() {
    flusher.hurry();
    server.stop();
    sample(TS, TS + 10);

    List<Duration> waits = Stream.generate(flusher::flush).limit(8).toList();

    assertThat(waits).allMatch(wait -> wait.compareTo(Duration.ofSeconds(5)) <= 0);
  }

  @Test
  void withoutHurryItWaitsForTheCutAgain() throws IOException {
    flusher.hurry();
    flusher.relax();
    sample(TS, TS + 10);

    Duration wait = flusher.flush();

    assertThat(archivedSeconds()).isEmpty();
    assertThat(wait).isGreaterThan(Duration.ofSeconds(30));
  }

  @Test
  void hostsOfAFleetPutAtDifferentTimesWithinAQuarterOfTheInterval() {
    Set<Duration> offsets =
        java.util.stream.IntStream.range(0, 100)
            .mapToObj(i -> Flusher.offset("i-0" + Integer.toHexString(i * 7919), MINUTE))
            .collect(java.util.stream.Collectors.toSet());

    assertThat(offsets)
        .hasSizeGreaterThan(90)
        .allMatch(offset -> !offset.isNegative() && offset.compareTo(Duration.ofSeconds(15)) < 0);
  }

  private void sample(long from, long to) {
    for (long ts = from; ts < to; ts++) {
      spool.append(Rows.at(ts, spool.run(), 0.5));
      clock.advance(Duration.ofSeconds(1));
    }
  }

  private static List<Long> seconds(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  /** In order; a second that was archived twice would be here twice. */
  private List<Long> archivedSeconds() throws IOException {
    List<Long> found = new ArrayList<>();
    RowReader reader = new RowReader(List.of(Metric.CPU_UTILIZATION), 1 << 20);
    for (Archive.Listed object : archive.list("v1/raw/", 1000)) {
      reader.read(
          object.key(),
          archive.get(object.key(), 1 << 20).orElseThrow().bytes(),
          Rows.HOST,
          (ts, _, _) -> found.add(ts));
    }
    return found.stream().sorted().toList();
  }

  private int rowsArchived() throws IOException {
    return archivedSeconds().size();
  }
}
