package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdleHeapTest {
  private static final long MIB = 1 << 20;

  private long committed = 16 * MIB;
  private long needed = 16 * MIB;
  private int collections;
  private final IdleHeap heap = new IdleHeap(() -> committed, this::collect);

  private void collect() {
    collections++;
    committed = needed;
  }

  @AfterEach
  void close() {
    heap.close();
  }

  private void minutes(int count) {
    for (int i = 0; i < count; i++) {
      heap.look();
    }
  }

  @Test
  void whatABurstTookIsGivenBackWhenItIsOver() {
    minutes(3);
    committed = 48 * MIB;
    minutes(2);

    assertThat(committed).isEqualTo(16 * MIB);
  }

  @Test
  void aHeapThatIsBeingUsedIsLeftAlone() {
    for (int minute = 0; minute < 60; minute++) {
      committed = (20 + minute % 28) * MIB;
      heap.look();
    }

    assertThat(collections).isZero();
  }

  @Test
  void aHeapThatIsNeededIsSeldomTriedAgain() {
    needed = 40 * MIB;
    committed = 40 * MIB;
    minutes(2);
    assertThat(collections).isEqualTo(1);

    minutes(600);
    assertThat(collections).isEqualTo(61);

    needed = 16 * MIB;
    minutes(10);
    assertThat(committed).isEqualTo(16 * MIB);
  }

  @Test
  void aSmallHeapIsNeverCollectedForNothing() {
    minutes(600);

    assertThat(collections).isZero();
  }

  @Test
  void afterEachBurstItIsGivenBackAnew() {
    for (int burst = 0; burst < 5; burst++) {
      committed = 48 * MIB;
      minutes(10);
    }

    assertThat(collections).isEqualTo(5);
    assertThat(committed).isEqualTo(16 * MIB);
  }
}
