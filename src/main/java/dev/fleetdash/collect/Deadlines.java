package dev.fleetdash.collect;

import java.time.Duration;

/**
 * How long collectors may take.
 *
 * @param collector each of them
 * @param tick all of them together
 */
record Deadlines(Duration collector, Duration tick) {
  static final Deadlines OF_A_TICK = new Deadlines(Duration.ofMillis(400), Duration.ofMillis(800));
  /** The first reads load classes and list devices. */
  static final Deadlines OF_THE_FIRST = new Deadlines(Duration.ofSeconds(3), Duration.ofSeconds(6));
}
