package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final long START = Instant.parse("2026-11-23T10:15:00Z").getEpochSecond();

  private final ManualTime time = new ManualTime("2026-11-23T10:15:00.400Z");
  private final Telemetry telemetry = new Telemetry(time.wall);
  private final List<Row> rows = new ArrayList<>();
  private final Collector uptime =
      new FakeCollector(
          "uptime",
          true,
          _ -> new Reading().set(Metric.UPTIME_SECONDS, time.clock().nanos().getAsLong() / 1e9));

  @Test
  void makesOneAlignedRowASecond() {
    try (Sampler sampler = sampler(List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(5));
    }

    assertThat(rows).extracting(Row::ts).containsExactly(seconds(1, 5));
    assertThat(rows).allSatisfy(r -> assertThat(r.has(Metric.UPTIME_SECONDS)).isTrue());
    assertThat(rows).allSatisfy(r -> assertThat(r.run()).isEqualTo(7));
    assertThat(count("ticks_missed")).isZero();
    assertThat(telemetry.state("sampler").orElseThrow().status()).isEqualTo(Status.UP);
  }

  @Test
  void readsOnceBeforeTheFirstRowSoThatItHasRates() {
    CounterDelta delta = new CounterDelta(1, Duration.ofSeconds(10));
    Collector rate =
        new FakeCollector(
            "rate",
            true,
            _ -> {
              long nanos = time.clock().nanos().getAsLong();
              delta.read(nanos, nanos / 1_000_000);
              return new Reading().set(Metric.DISK_READS_PER_SECOND, delta.perSecond(0));
            });
    try (Sampler sampler = sampler(SECOND, List.of(rate), List.of(rows::add))) {
      sampler.start();
      time.advance(SECOND);
    }

    assertThat(rows.getFirst().value(Metric.DISK_READS_PER_SECOND)).isEqualTo(1000);
  }

  @Test
  void longerIntervalsGiveRowsAtTheirMultiples() {
    try (Sampler sampler = sampler(Duration.ofSeconds(10), List.of(uptime), List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(30));
    }

    assertThat(rows).extracting(Row::ts).containsExactly(START + 10, START + 20, START + 30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.5S", "PT1.5S", "PT7S", "PT61S", "PT-1S", "PT2M"})
  void refusesAnIntervalThatDoesNotDivideAMinute(Duration interval) {
    assertThatThrownBy(() -> sampler(interval, List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("interval");
  }

  @Test
  void backwardStepOfTheClockGivesEarlierLabelsAndNoPause() {
    try (Sampler sampler = sampler(List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(3));
      time.wall.advance(Duration.ofSeconds(-90));
      time.advance(Duration.ofSeconds(3));
    }

    assertThat(rows).extracting(r -> r.ts() - START).containsExactly(1L, 2L, 3L, -86L, -85L, -84L);
    assertThat(count("ticks_missed")).isZero();
  }

  @Test
  void forwardStepOfADayAndBackGivesNoBurst() {
    try (Sampler sampler = sampler(List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(2));
      time.wall.advance(Duration.ofDays(1));
      time.advance(Duration.ofSeconds(2));
      time.wall.advance(Duration.ofDays(-1));
      time.advance(Duration.ofSeconds(2));
    }

    assertThat(rows)
        .extracting(r -> r.ts() - START)
        .containsExactly(1L, 2L, 86_403L, 86_404L, 5L, 6L);
  }

  @Test
  void stopOfTheProcessIsCountedAndNotMadeUp() {
    try (Sampler sampler = sampler(List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(2));
      time.stop(Duration.ofSeconds(7));
      time.advance(Duration.ofSeconds(2));
    }

    assertThat(rows).extracting(r -> r.ts() - START).containsExactly(1L, 2L, 9L, 10L, 11L);
    assertThat(count("ticks_missed")).isEqualTo(6);
  }

  @Test
  void slowConsumerDelaysNoTickBeyondItsSecond() {
    Consumer<Row> slow = _ -> time.stop(Duration.ofMillis(800));
    try (Sampler sampler = sampler(List.of(rows::add, slow))) {
      sampler.start();
      time.advance(Duration.ofSeconds(4));
    }

    assertThat(rows).extracting(Row::ts).startsWith(seconds(1, 4));
    assertThat(count("ticks_missed")).isZero();
  }

  @Test
  void throwingConsumerStopsNeitherTheOthersNorTheSampler() {
    Consumer<Row> broken =
        row -> {
          if (row.ts() == START + 2) {
            throw new IllegalStateException("disk full");
          }
        };
    AtomicReference<Status> afterFailure = new AtomicReference<>();
    try (Sampler sampler = sampler(List.of(broken, rows::add))) {
      sampler.start();
      time.advance(Duration.ofMillis(1_700));
      afterFailure.set(telemetry.state("sampler").orElseThrow().status());
      time.advance(SECOND);
    }

    assertThat(rows).extracting(Row::ts).containsExactly(seconds(1, 3));
    assertThat(afterFailure).hasValue(Status.FAILING);
    assertThat(telemetry.state("sampler").orElseThrow().status()).isEqualTo(Status.UP);
    assertThat(count("row_refusals")).isEqualTo(1);
  }

  @Test
  void hangingConsumerIsLeftBehindByANewSampler() {
    List<Row> taken = new ArrayList<>();
    Consumer<Row> hanging =
        row -> {
          taken.add(row);
          if (row.ts() == START + 2) {
            time.advance(Duration.ofSeconds(40));
          }
        };
    try (Sampler sampler = sampler(List.of(hanging, rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(45));
    }

    assertThat(count("sampler_restarts")).isEqualTo(1);
    assertThat(taken)
        .as("one call at a time, and again after the hanging one returned")
        .extracting(r -> r.ts() - START)
        .containsExactly(1L, 2L, 43L, 44L, 45L);
    assertThat(rows).extracting(Row::ts).doesNotContain(START + 2).contains(START + 30);
    assertThat(rows).extracting(Row::ts).isSorted().doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1S", "PT10S", "PT60S"})
  void isStalledHalfAMinuteAfterATickIsDueAndNotBefore(Duration interval) {
    try (Sampler sampler = sampler(interval, List.of(), List.of())) {
      sampler.start();
      time.advance(interval.multipliedBy(2));
      time.stop(interval.plusSeconds(29));
      boolean before = sampler.stalled();
      time.stop(SECOND);

      assertThat(before).isFalse();
      assertThat(sampler.stalled()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1S", "PT10S", "PT60S"})
  void isStartedAnewSoonAfterATickIsDueAndNeverWhileItTicks(Duration interval) {
    AtomicBoolean fails = new AtomicBoolean();
    try (Sampler sampler = failing(interval, fails)) {
      sampler.start();
      time.advance(interval.multipliedBy(3));
      long whileItTicks = count("sampler_restarts");
      fails.set(true);
      time.advance(interval.plusSeconds(20));

      assertThat(whileItTicks).isZero();
      assertThat(count("sampler_restarts")).isPositive();
    }
  }

  @Test
  void aSamplerThatIsStartedAnewAgainAndAgainIsStalledAllTheSame() {
    try (Sampler sampler = failing(SECOND, new AtomicBoolean(true))) {
      sampler.start();
      time.advance(Duration.ofSeconds(40));

      assertThat(count("sampler_restarts")).isGreaterThan(1);
      assertThat(sampler.stalled()).isTrue();
    }
  }

  @Test
  void aConsumerThatFailsForWantOfMemoryCostsNoTick() {
    Consumer<Row> failing =
        _ -> {
          throw new OutOfMemoryError("for the test");
        };
    try (Sampler sampler = sampler(List.of(failing, rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(5));
    }

    assertThat(rows).extracting(Row::ts).containsExactly(seconds(1, 5));
    assertThat(count("sampler_restarts")).isZero();
    assertThat(count("row_refusals")).isEqualTo(5);
  }

  /** One that makes no row while {@code fails} holds. */
  private Sampler failing(Duration interval, AtomicBoolean fails) {
    return new Sampler(
        ts -> {
          if (fails.get()) {
            throw new IllegalStateException("no row for the test");
          }
          return Row.at(ts, new HostName("web-1"), 7);
        },
        interval,
        new Crew(List.of(), telemetry, ManualTime::untimed),
        List.of(),
        time.clock(),
        telemetry,
        time::timer);
  }

  @Test
  void closedSamplerCallsNoConsumer() {
    Sampler sampler = sampler(List.of(rows::add));
    sampler.start();
    time.advance(Duration.ofSeconds(2));

    sampler.close();
    time.advance(Duration.ofSeconds(60));

    assertThat(rows).hasSize(2);
    assertThat(count("sampler_restarts")).isZero();
  }

  @Test
  void closeInTheMiddleOfATickReachesNoFurtherConsumer() {
    AtomicReference<Sampler> closing = new AtomicReference<>();
    try (Sampler sampler = sampler(List.of(_ -> closing.get().close(), rows::add))) {
      closing.set(sampler);
      sampler.start();
      time.advance(Duration.ofSeconds(3));
    }

    assertThat(rows).isEmpty();
  }

  @Test
  void looksAtProcessesWhenAskedButNotEverySecond() {
    try (Sampler sampler = sampler(SECOND, List.of(topProcesses()), List.of(rows::add))) {
      sampler.start();
      for (int i = 0; i < 9; i++) {
        sampler.lookAtProcesses();
        time.advance(SECOND);
      }
    }

    assertThat(rows)
        .filteredOn(r -> r.has(Family.TOP_PROCESSES))
        .extracting(r -> r.ts() - START)
        .containsExactly(1L, 4L, 7L);
  }

  @Test
  void looksAtProcessesByItselfAtTheFamilysCadence() {
    try (Sampler sampler = sampler(SECOND, List.of(topProcesses()), List.of(rows::add))) {
      sampler.start();
      time.advance(Duration.ofSeconds(65));
    }

    assertThat(rows)
        .filteredOn(r -> r.has(Family.TOP_PROCESSES))
        .extracting(r -> r.ts() - START)
        .containsExactly(30L, 60L);
  }

  private static Collector topProcesses() {
    return new Collector() {
      @Override
      public String name() {
        return "top_processes";
      }

      @Override
      public boolean due(Due due) {
        return due.has(Family.TOP_PROCESSES);
      }

      @Override
      public Reading collect(Due due) {
        Item item = Item.of(Family.TOP_PROCESSES, "init", "1", "root").build();
        return new Reading().add(Family.TOP_PROCESSES, List.of(item));
      }
    };
  }

  private Sampler sampler(List<Consumer<Row>> consumers) {
    return sampler(SECOND, List.of(uptime), consumers);
  }

  private Sampler sampler(
      Duration interval, List<Collector> collectors, List<Consumer<Row>> consumers) {
    return new Sampler(
        ts -> Row.at(ts, new HostName("web-1"), 7),
        interval,
        new Crew(collectors, telemetry, ManualTime::untimed),
        consumers,
        time.clock(),
        telemetry,
        time::timer);
  }

  private long count(String counter) {
    return telemetry.counters().stream()
        .filter(c -> c.name().equals(counter))
        .mapToLong(c -> c.count())
        .sum();
  }

  private static Long[] seconds(int from, int to) {
    return LongStream.rangeClosed(from, to).map(s -> START + s).boxed().toArray(Long[]::new);
  }
}
