package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import java.util.Locale;

/**
 * Something that happened to a host.
 *
 * @param ts epoch seconds
 * @param detail a version, or the reason of an end
 */
public record FleetEvent(long ts, HostName host, Kind kind, String detail) {
  /** What happened. */
  public enum Kind {
    LAUNCHED,
    /** It runs another version than before. */
    VERSION,
    ENDED,
    LOST;

    /** As in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
