package dev.fleetdash.siege;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * How each connection of a {@link Horde} behaves.
 *
 * @param says what it sends at once, made anew for each connection
 * @param takes how much it reads of what comes
 * @param drips so often one more byte is sent; never where it is zero
 * @param stays after so long it hangs up; when the node does where it is zero
 */
record Manner(Supplier<byte[]> says, Taking takes, Duration drips, Duration stays) {
  /** Of what comes. */
  enum Taking {
    NOTHING,
    /** 8 kB a second. */
    LITTLE,
    ALL
  }

  /** Sends, reads all, and stays. */
  static Manner of(Supplier<byte[]> says) {
    return new Manner(says, Taking.ALL, Duration.ZERO, Duration.ZERO);
  }

  Manner taking(Taking taking) {
    return new Manner(says, taking, drips, stays);
  }

  Manner dripping(Duration every) {
    return new Manner(says, takes, every, stays);
  }

  Manner staying(Duration time) {
    return new Manner(says, takes, drips, time);
  }
}
