package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandStillTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private long nanos = -7;
  private long tick = nanos;

  @ParameterizedTest
  @ValueSource(strings = {"PT1S", "PT10S", "PT60S"})
  void aMinuteBeyondTheIntervalWithoutATickIsTooLong(Duration interval) {
    StandStill standStill = new StandStill(interval, nanos);

    long wakes = 1;
    while (!wake(standStill, StandStill.WAKE)) {
      wakes++;
    }

    assertThat(StandStill.WAKE.multipliedBy(wakes))
        .isBetween(
            interval.plusSeconds(60),
            interval.plusSeconds(60).plus(StandStill.WAKE.multipliedBy(2)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT1S", "PT10S", "PT60S"})
  void aSamplerThatTicksIsNeverTooLate(Duration interval) {
    StandStill standStill = new StandStill(interval, nanos);

    for (int i = 0; i < 1000; i++) {
      assertThat(wake(standStill, StandStill.WAKE)).isFalse();
      if (i * StandStill.WAKE.toSeconds() % interval.toSeconds() == 0) {
        tick = nanos;
      }
    }
  }

  @Test
  void aProcessThatWasStoppedForAnHourMayGoOn() {
    StandStill standStill = new StandStill(SECOND, nanos);
    wake(standStill, StandStill.WAKE);

    assertThat(wake(standStill, Duration.ofHours(1))).isFalse();
    assertThat(wake(standStill, StandStill.WAKE)).isFalse();
  }

  @Test
  void aProcessThatIsStoppedAgainAndAgainMayGoOnWhileItTicksInBetween() {
    StandStill standStill = new StandStill(SECOND, nanos);

    for (int i = 0; i < 100; i++) {
      assertThat(wake(standStill, Duration.ofMinutes(2))).isFalse();
      tick = nanos;
    }
  }

  @Test
  void aWakeThatComesTooSoonDoesNotCount() {
    StandStill standStill = new StandStill(SECOND, nanos);

    for (int i = 0; i < 500; i++) {
      assertThat(wake(standStill, Duration.ofMillis(100))).isFalse();
    }
  }

  private boolean wake(StandStill standStill, Duration after) {
    nanos += after.toNanos();
    return standStill.wake(tick, nanos);
  }
}
