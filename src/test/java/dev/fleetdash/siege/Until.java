package dev.fleetdash.siege;

import java.time.Duration;

/** When an attack ends. */
final class Until {
  private final long end;

  private Until(long end) {
    this.end = end;
  }

  static Until in(Duration time) {
    return new Until(System.nanoTime() + time.toNanos());
  }

  boolean over() {
    return System.nanoTime() - end >= 0;
  }
}
