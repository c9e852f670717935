package dev.fleetdash.collect;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrewTest {
  private static final Deadlines DEADLINES =
      new Deadlines(Duration.ofMillis(250), Duration.ofSeconds(5));

  private final Telemetry telemetry = new Telemetry(new FakeClock("2026-11-23T10:15:00Z"));
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger hanging = new AtomicInteger();
  private int overstayed;

  @AfterEach
  void releaseWhoeverHangs() {
    release.countDown();
  }

  @Test
  void asksTheCollectorsThatAreDue() throws Exception {
    try (Crew crew = crew(fixed("a", Metric.LOAD1, 1), fixed("b", Metric.LOAD5, 2), notDue())) {
      Row row = row(crew);

      assertThat(row.value(Metric.LOAD1)).isEqualTo(1);
      assertThat(row.value(Metric.LOAD5)).isEqualTo(2);
      assertThat(telemetry.state("collector:never").orElseThrow().status())
          .isEqualTo(Status.STARTING);
    }
  }

  @Test
  void throwingCollectorFailsAloneAndByName() throws Exception {
    Collector io = collector("io", _ -> fail(new IOException("read /proc/x: gone")));
    Collector bug = collector("bug", _ -> fail(new IllegalStateException("what")));
    try (Crew crew = crew(io, bug, fixed("b", Metric.LOAD5, 2))) {
      Row row = row(crew);

      assertThat(row.value(Metric.LOAD5)).isEqualTo(2);
      assertThat(telemetry.state("collector:io").orElseThrow().detail())
          .isEqualTo("read /proc/x: gone");
      assertThat(telemetry.state("collector:bug").orElseThrow().status()).isEqualTo(Status.FAILING);
      assertThat(telemetry.state("collector:b").orElseThrow().status()).isEqualTo(Status.UP);
    }
  }

  @Test
  void problemOfAReadingIsReportedBesideItsValues() throws Exception {
    Collector partly =
        collector("fs", _ -> new Reading().set(Metric.LOAD1, 1).problem("no answer from /mnt"));
    try (Crew crew = crew(partly)) {
      Row row = row(crew);

      assertThat(row.value(Metric.LOAD1)).isEqualTo(1);
      assertThat(telemetry.state("collector:fs").orElseThrow().detail())
          .isEqualTo("no answer from /mnt");
    }
  }

  @Test
  void hangingCollectorIsLeftBehindAndTheOthersAnswer() throws Exception {
    try (Crew crew =
        crew(fixed("a", Metric.LOAD1, 1), hanging("stuck"), fixed("b", Metric.LOAD5, 2))) {
      Row row = row(crew);

      assertThat(row.value(Metric.LOAD1)).isEqualTo(1);
      assertThat(row.value(Metric.LOAD5)).isEqualTo(2);
      assertThat(row.has(Metric.LOAD15)).isFalse();
      assertThat(telemetry.state("collector:stuck").orElseThrow().status())
          .isEqualTo(Status.FAILING);
      assertThat(telemetry.state("collector:stuck").orElseThrow().detail())
          .contains("did not answer in time");
    }
  }

  @Test
  void collectorThatIsAwayIsNotAskedAgainBeforeItReturned() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Collector stuck =
        collector(
            "stuck",
            _ -> {
              asked.incrementAndGet();
              hang();
              return new Reading().set(Metric.LOAD15, 3);
            });
    try (Crew crew = crew(stuck, fixed("b", Metric.LOAD5, 2))) {
      row(crew);
      row(crew);
      int whileAway = asked.get();
      release.countDown();

      await().until(() -> row(crew).has(Metric.LOAD15));
      assertThat(whileAway).isEqualTo(1);
      assertThat(telemetry.state("collector:stuck").orElseThrow().status()).isEqualTo(Status.UP);
    }
  }

  @Test
  void answerThatComesTooLateIsInNoRow() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Collector slowOnce =
        collector(
            "slow",
            _ -> {
              int time = asked.incrementAndGet();
              if (time == 1) {
                hang();
              }
              return new Reading().set(Metric.LOAD15, time);
            });
    try (Crew crew = crew(slowOnce)) {
      row(crew);
      release.countDown();

      Row next = await().until(() -> row(crew), row -> row.has(Metric.LOAD15));
      assertThat(next.value(Metric.LOAD15)).as("the second answer").isEqualTo(2);
    }
  }

  @Test
  void readOfAPipeNobodyWritesStopsNothingElse(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(Patience.exitCode(new ProcessBuilder("mkfifo", pipe.toString()).start())).isZero();
    Collector reads =
        collector(
            "pipe",
            _ -> {
              hanging.incrementAndGet();
              return text(pipe);
            });
    try (Crew crew = crew(reads, fixed("b", Metric.LOAD5, 2))) {
      Row row = row(crew);

      assertThat(row.value(Metric.LOAD5)).isEqualTo(2);
      assertThat(telemetry.state("collector:pipe").orElseThrow().status())
          .isEqualTo(Status.FAILING);
    } finally {
      Files.writeString(pipe, "let go", StandardOpenOption.WRITE);
    }
  }

  @Test
  void severalHangingCollectorsCostTheTicksTimeAtMost() throws Exception {
    Deadlines tight = new Deadlines(Duration.ofMillis(60), Duration.ofMillis(100));
    try (Crew crew =
        crew(hanging("one"), hanging("two"), hanging("three"), fixed("b", Metric.LOAD5, 2))) {
      Row first = row(crew, tight);
      Row second = row(crew);

      assertThat(first.has(Metric.LOAD5)).isFalse();
      assertThat(second.has(Metric.LOAD5)).as("those who hang are not waited for again").isTrue();
    } finally {
      release.countDown();
    }
  }

  private Crew crew(Collector... collectors) {
    return new Crew(List.of(collectors), telemetry, this::untilSomebodyHangs);
  }

  /** Time passes only for who hangs, all of it at once; the others answer without any. */
  @SuppressWarnings("WaitNotInLoop") // The crew's own wait is the loop.
  private long untilSomebodyHangs(Condition done, long nanos) throws InterruptedException {
    if (hanging.get() > overstayed) {
      overstayed++;
      return 0;
    }
    done.await(1, TimeUnit.MILLISECONDS);
    return nanos;
  }

  private void hang() throws InterruptedException {
    if (release.getCount() > 0) {
      hanging.incrementAndGet();
    }
    release.await();
  }

  private static Row row(Crew crew) throws InterruptedException {
    return row(crew, DEADLINES);
  }

  private static Row row(Crew crew, Deadlines deadlines) throws InterruptedException {
    Row.Builder row = Row.at(60, new HostName("h"), 1);
    for (Reading reading : crew.collect(new Due(60, false, false), deadlines)) {
      reading.copyTo(row);
    }
    return row.build();
  }

  private Collector hanging(String name) {
    return collector(
        name,
        _ -> {
          hang();
          return new Reading().set(Metric.LOAD15, 3);
        });
  }

  private static Collector fixed(String name, Metric metric, double value) {
    return collector(name, _ -> new Reading().set(metric, value));
  }

  private static Collector notDue() {
    return new FakeCollector("never", false, _ -> new Reading().set(Metric.LOAD15, 9));
  }

  private static Collector collector(String name, FakeCollector.Work work) {
    return new FakeCollector(name, true, work);
  }

  private static Reading text(Path file) throws IOException {
    return new Reading().set(Metric.LOAD15, Files.readString(file).length());
  }

  private static Reading fail(IOException e) throws IOException {
    throw e;
  }

  private static Reading fail(RuntimeException e) {
    throw e;
  }
}
