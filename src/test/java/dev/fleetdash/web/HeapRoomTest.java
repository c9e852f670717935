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
    used = 70;

    assertThat(room.left()).isTrue();
    assertThat(collections).isZero();
  }

  @Test
  void whatNobodyHoldsIsNoReasonToRefuse() {
    used = 90;
    held = 40;

    assertThat(room.left()).isTrue();
    assertThat(collections).isOne();
  }

  @Test
  void untilTheNextCollectionOnlySoMuchIsLetIn() {
    used = 90;
    held = 40;
    room.left();

    used = 85;
    assertThat(room.left()).isTrue();
    used = 86;
    assertThat(room.left()).isFalse();
    nanos += Duration.ofMillis(500).toNanos();
    assertThat(room.left()).isTrue();
  }

  @Test
  void aFullHeapRefusesAndIsNotCollectedForEachWhoAsks() {
    used = 90;
    held = 80;

    for (int i = 0; i < 1000; i++) {
      assertThat(room.left()).isFalse();
    }
    assertThat(collections).isOne();

    held = 40;
    nanos += Duration.ofMillis(500).toNanos();
    assertThat(room.left()).isTrue();
  }
}
