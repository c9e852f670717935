package dev.fleetdash.place;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * That this host, or only this process, is about to end.
 *
 * @param notice the word of whoever told it, such as {@code Terminated} or {@code system-reboot}
 * @param at when, where that was told
 */
public record Departure(Reason reason, String notice, Optional<Instant> at) {
  /** Why it ends. */
  public enum Reason {
    /** Its Auto Scaling group ends it or replaces it. */
    SCALE_IN,
    SPOT_INTERRUPTION,
    /** The cloud stops, reboots or retires it at a time announced. */
    MAINTENANCE,
    SHUTDOWN,
    REBOOT,
    /** The process alone was told to stop; the host stays. */
    STOPPED;

    /** As in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether the host ends, so that no next start on it can put what this one left. */
  public boolean ofTheHost() {
    return reason != Reason.STOPPED;
  }

  /** Whether it comes within that time of {@code now}; without a time it does. */
  boolean within(Duration lead, Instant now) {
    return at.isEmpty() || !at.get().isAfter(now.plus(lead));
  }

  /** For a person. */
  @Override
  public String toString() {
    return reason.text() + " (" + notice + ")" + at.map(time -> " at " + time).orElse("");
  }
}
