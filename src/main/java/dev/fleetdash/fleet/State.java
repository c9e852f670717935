package dev.fleetdash.fleet;

import java.util.Locale;

/** What a node can say of a host. Silence is not death, and an archive that is away is neither. */
public enum State {
  /** The last ask was answered, no longer ago than the time between asks and 3 s. */
  LIVE,
  /** Not live, and last heard of within 3 minutes. */
  STALE,
  /** Not answering, while its rows still come into the archive. */
  UNREACHABLE,
  /** Neither answering nor archiving, without a goodbye. */
  LOST,
  /** It said goodbye. */
  ENDED,
  /** It does not answer, and the archive cannot be read. */
  UNKNOWN;

  /** As in JSON and in style sheets. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
