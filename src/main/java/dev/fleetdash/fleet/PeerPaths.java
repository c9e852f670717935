package dev.fleetdash.fleet;

import java.util.OptionalLong;

/** What peers ask each other for. */
public final class PeerPaths {
  /** What all of them begin with. */
  public static final String ALL = "/peer/";

  /** The newest rows. */
  public static final String LIVE = "/peer/live";

  /** The parameter that names the newest second the peer has. */
  public static final String AFTER = "after";

  /** The parameter that says that somebody follows this very host. */
  public static final String FOLLOWED = "followed";

  private PeerPaths() {}

  static String live(OptionalLong after, boolean followed) {
    StringBuilder path = new StringBuilder(LIVE);
    char next = '?';
    if (after.isPresent()) {
      path.append(next).append(AFTER).append('=').append(after.getAsLong());
      next = '&';
    }
    if (followed) {
      path.append(next).append(FOLLOWED).append("=true");
    }
    return path.toString();
  }
}
