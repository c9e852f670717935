package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TickScheduleTest {
  private static final long MILLI = 1_000_000L;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Instant START = Instant.parse("2026-11-23T10:15:00.300Z");
  private static final long START_TS = START.getEpochSecond();

  private Instant wall = START;
  private long nanos = 7_777_777_777_777L;
  private TickSchedule schedule = new TickSchedule(SECOND);

  @BeforeEach
  void start() {
    schedule.start(wall, nanos, Duration.ofMillis(100));
  }

  @Test
  void aimsAtTheNextSecond() {
    assertThat(schedule.delay(nanos)).isEqualTo(700 * MILLI);
  }

  @Test
  void aimsAtTheSecondAfterTheNextWhenThatIsTooNear() {
    pass(Duration.ofMillis(650));

    schedule.start(wall, nanos, Duration.ofMillis(100));

    assertThat(schedule.delay(nanos)).isEqualTo(1050 * MILLI);
  }

  @Test
  void labelsTicksWithConsecutiveSeconds() {
    assertThat(ticks(4)).containsExactly(START_TS + 1, START_TS + 2, START_TS + 3, START_TS + 4);
  }

  @Test
  void lateTickKeepsItsSecondAndTheNextOneIsOnTime() {
    sleep();
    pass(Duration.ofMillis(700));

    TickSchedule.Tick late = schedule.begin(wall, nanos);

    assertThat(late).isEqualTo(new TickSchedule.Tick(START_TS + 1, 0));
    assertThat(schedule.delay(nanos)).isEqualTo(300 * MILLI);
    assertThat(ticks(1)).containsExactly(START_TS + 2);
  }

  @Test
  void oversleptTicksAreCountedAndNotMadeUp() {
    sleep();
    pass(Duration.ofMillis(5_200));

    TickSchedule.Tick after = schedule.begin(wall, nanos);

    assertThat(after).isEqualTo(new TickSchedule.Tick(START_TS + 6, 5));
    assertThat(schedule.delay(nanos)).isEqualTo(800 * MILLI);
  }

  /**
   * Wall steps in milliseconds that happen while the schedule waits, and the labels that follow.
   */
  @ParameterizedTest
  @CsvSource({
    "90000,     92,     93",
    "-90000,   -88,    -87",
    "86400000,  86402,  86403",
    "-86400000, -86398, -86397",
    "3600500,   3603,   3604",
    "-400,      2,      3",
    "400,       2,      3",
    "-500,      2,      3",
    "600,       3,      4",
    "-1000,     1,      2",
    "1000,      3,      4",
    "-1700000000000, -1699999998, -1699999997",
  })
  void stepOfTheClockNeitherStallsNorBursts(long stepMillis, long first, long second) {
    ticks(1);
    long before = nanos;
    wall = wall.plusMillis(stepMillis);

    List<Long> labels = ticks(1);
    long firstGap = nanos - before;
    before = nanos;
    labels.addAll(ticks(1));
    long secondGap = nanos - before;

    assertThat(labels).containsExactly(START_TS + first, START_TS + second);
    assertThat(List.of(firstGap, secondGap))
        .allSatisfy(gap -> assertThat(gap).isBetween(500 * MILLI, 1500 * MILLI));
  }

  @ParameterizedTest
  @CsvSource({"250", "-250", "499", "-499", "777777", "-777777"})
  void alignsAgainAfterAStep(long stepMillis) {
    ticks(1);
    wall = wall.plusMillis(stepMillis);

    ticks(2);

    assertThat(wall.toEpochMilli() % 1000).isZero();
  }

  @Test
  void longerIntervalIsAlignedToItsMultiples() {
    schedule = new TickSchedule(Duration.ofSeconds(15));
    schedule.start(wall, nanos, Duration.ofMillis(100));

    assertThat(ticks(3)).containsExactly(START_TS + 15, START_TS + 30, START_TS + 45);
  }

  @Test
  void timesBeforeTheEpochAreAlignedToo() {
    wall = Instant.parse("1969-12-31T23:59:50.250Z");
    schedule.start(wall, nanos, Duration.ofMillis(100));

    assertThat(ticks(2)).containsExactly(-9L, -8L);
  }

  private List<Long> ticks(int count) {
    List<Long> labels = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sleep();
      labels.add(schedule.begin(wall, nanos).ts());
    }
    return labels;
  }

  private void sleep() {
    pass(Duration.ofNanos(schedule.delay(nanos)));
  }

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }
}
