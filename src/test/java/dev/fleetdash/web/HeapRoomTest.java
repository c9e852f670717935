package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeapRoomTest {
  private long used;
  private long held;
  private long nanos;
  private int collections;

  private final HeapRoom room =
      new HeapRoom(
          () -> used,
          100,
          () -> {
            used = held;
            collections++;
          },
          () -> nanos);

  @Test
  void aHeapWithRoomIsNotCollected() {
    used = 85;

    assertThat(room.left()).isTrue();
    assertThat(collections).isZero();
  }

  @Test
  void whatNobodyHoldsIsNoReasonToRefuseHoweverFastItComes() {
    held = 70;

    for (int i = 0; i < 10; i++) {
      used = 86;
      assertThat(room.left()).isTrue();
    }
    assertThat(collections).isEqualTo(10);
  }

  @Test
  void aFullHeapRefusesAndIsNotCollectedForEachWhoAsks() {
    used = 90;
    held = 71;

    for (int i = 0; i < 1000; i++) {
      assertThat(room.left()).isFalse();
    }
    assertThat(collections).isOne();

    held = 40;
    nanos += Duration.ofMillis(500).toNanos();
    assertThat(room.left()).isTrue();
    assertThat(room.left()).isTrue();
    assertThat(collections).isEqualTo(2);
  }

  @Test
  void whatIsLetGoInTheMeantimeIsSeenWithoutACollectionOfOurs() {
    used = 90;
    held = 71;
    room.left();

    used = 70;

    assertThat(room.left()).isTrue();
    assertThat(collections).isOne();
  }
}
