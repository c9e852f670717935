package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CounterDeltaTest {
  private static final long SECOND = 1_000_000_000L;

  private final CounterDelta delta = new CounterDelta(2, Duration.ofSeconds(10));

  @Test
  void firstReadIsUnknownAndNotZero() {
    delta.read(5 * SECOND, 100, 200);

    assertThat(delta.comparable()).isFalse();
    assertThat(delta.perSecond(0)).isNaN();
    assertThat(delta.increase(1)).isNaN();
  }

  @Test
  void increaseIsDividedByTheTimeThatPassed() {
    delta.read(5 * SECOND, 100, 200);

    delta.read(7 * SECOND + SECOND / 2, 600, 200);

    assertThat(delta.perSecond(0)).isCloseTo(200, within(1e-9));
    assertThat(delta.perSecond(1)).isZero();
    assertThat(delta.seconds()).isEqualTo(2.5);
  }

  @Test
  void resetCounterIsUnknownForOneReadAndLeavesTheOthersAlone() {
    delta.read(0, 100, 200);

    delta.read(SECOND, 3, 210);
    double afterReset = delta.perSecond(0);
    double other = delta.perSecond(1);
    delta.read(2 * SECOND, 13, 210);

    assertThat(afterReset).isNaN();
    assertThat(other).isEqualTo(10);
    assertThat(delta.perSecond(0)).isEqualTo(10);
  }

  @Test
  void unreadableCounterIsUnknownUntilItWasReadTwice() {
    delta.read(0, CounterDelta.UNKNOWN, 1);
    delta.read(SECOND, 50, 2);
    double afterOne = delta.perSecond(0);
    delta.read(2 * SECOND, 60, 3);

    assertThat(afterOne).isNaN();
    assertThat(delta.perSecond(0)).isEqualTo(10);
  }

  @Test
  void gapOfASuspendIsUnknownAndTheNextReadIsNot() {
    delta.read(0, 0, 0);

    delta.read(3_600 * SECOND, 1_000_000, 0);
    double afterGap = delta.perSecond(0);
    delta.read(3_601 * SECOND, 1_000_050, 0);

    assertThat(afterGap).isNaN();
    assertThat(delta.perSecond(0)).isEqualTo(50);
  }

  @Test
  void twoReadsAtOnceAreUnknown() {
    delta.read(SECOND, 1, 1);

    delta.read(SECOND, 2, 2);

    assertThat(delta.perSecond(0)).isNaN();
  }

  @Test
  void overflowOfTheMonotonicClockIsNoGap() {
    delta.read(Long.MAX_VALUE, 10, 0);

    delta.read(Long.MAX_VALUE + SECOND, 20, 0);

    assertThat(delta.perSecond(0)).isEqualTo(10);
  }
}
