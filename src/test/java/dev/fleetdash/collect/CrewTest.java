package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrewTest {
  private static final Deadlines SHORT =
      new Deadlines(Duration.ofMillis(250), Duration.ofSeconds(5));
  private static final Deadlines LONG =
      new Deadlines(Duration.ofSeconds(20), Duration.ofSeconds(20));

  private final Telemetry telemetry = new Telemetry(new FakeClock("2026-11-23T10:15:00Z"));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void releaseWhoeverHangs() {
    release.countDown();
  }

  @Test
  void asksTheCollectorsThatAreDue() throws Exception {
    try (Crew crew = crew(fixed("a", Metric.LOAD1, 1), fixed("b", Metric.LOAD5, 2), notDue())) {
      Row row = row(crew, LONG);

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
      Row row = row(crew, LONG);

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
      Row row = row(crew, LONG);

      assertThat(row.value(Metric.LOAD1)).isEqualTo(1);
      assertThat(telemetry.state("collector:fs").orElseThrow().detail())
          .isEqualTo("no answer from /mnt");
    }
  }

  @Test
  void hangingCollectorIsLeftBehindAndTheOthersAnswer() throws Exception {
    try (Crew crew =
        crew(fixed("a", Metric.LOAD1, 1), hanging("stuck"), fixed("b", Metric.LOAD5, 2))) {
      Row row = row(crew, SHORT);

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
              release.await();
              return new Reading().set(Metric.LOAD15, 3);
            });
    try (Crew crew = crew(stuck, fixed("b", Metric.LOAD5, 2))) {
      row(crew, SHORT);
      row(crew, SHORT);
      int whileAway = asked.get();
      release.countDown();

      await().until(() -> row(crew, LONG).has(Metric.LOAD15));
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
                release.await();
              }
              return new Reading().set(Metric.LOAD15, time);
            });
    try (Crew crew = crew(slowOnce)) {
      row(crew, SHORT);
      release.countDown();

      Row next = await().until(() -> row(crew, LONG), row -> row.has(Metric.LOAD15));
      assertThat(next.value(Metric.LOAD15)).as("the second answer").isEqualTo(2);
    }
  }

  @Test
  void readOfAPipeNobodyWritesStopsNothingElse(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Collector reads = collector("pipe", _ -> text(pipe));
    try (Crew crew = crew(reads, fixed("b", Metric.LOAD5, 2))) {
      Row row = row(crew, SHORT);

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
      Row second = row(crew, SHORT);

      assertThat(first.has(Metric.LOAD5)).isFalse();
      assertThat(second.has(Metric.LOAD5)).as("those who hang are not waited for again").isTrue();
    } finally {
      release.countDown();
    }
  }

  private Crew crew(Collector... collectors) {
    return new Crew(List.of(collectors), telemetry);
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
          release.await();
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
