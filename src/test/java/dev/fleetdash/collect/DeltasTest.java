package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeltasTest {
  private static final long SECOND = 1_000_000_000L;

  private final Deltas deltas = new Deltas(1, Duration.ofSeconds(10));

  @Test
  void sumsWhatIsThereBothTimes() {
    deltas.read("a", 0, 10);
    deltas.read("b", 0, 20);
    deltas.endOfRead();

    deltas.read("a", SECOND, 11);
    deltas.read("b", SECOND, 22);
    deltas.endOfRead();

    assertThat(deltas.perSecond(0)).isEqualTo(3);
  }

  @Test
  void nothingThereIsUnknownAndNotZero() {
    deltas.endOfRead();

    assertThat(deltas.perSecond(0)).isNaN();
  }

  @Test
  void newThingAddsNothingBeforeItsSecondRead() {
    deltas.read("a", 0, 10);
    deltas.endOfRead();

    deltas.read("a", SECOND, 11);
    CounterDelta plugged = deltas.read("b", SECOND, 5_000);
    deltas.endOfRead();

    assertThat(plugged.perSecond(0)).isNaN();
    assertThat(deltas.perSecond(0)).isEqualTo(1);
  }

  @Test
  void thingThatWentAndCameBackIsNew() {
    deltas.read("a", 0, 10);
    deltas.endOfRead();
    deltas.endOfRead();

    CounterDelta back = deltas.read("a", 2 * SECOND, 90);

    assertThat(back.perSecond(0)).isNaN();
  }

  @Test
  void resetOfOneThingMakesTheSumUnknownForOneRead() {
    deltas.read("a", 0, 10);
    deltas.read("b", 0, 20);
    deltas.endOfRead();

    deltas.read("a", SECOND, 0);
    deltas.read("b", SECOND, 21);
    deltas.endOfRead();
    double afterReset = deltas.perSecond(0);
    deltas.read("a", 2 * SECOND, 2);
    deltas.read("b", 2 * SECOND, 22);
    deltas.endOfRead();

    assertThat(afterReset).isNaN();
    assertThat(deltas.perSecond(0)).isEqualTo(3);
  }
}
