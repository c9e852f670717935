package dev.fleetdash.fleet;

import dev.fleetdash.history.Recent;
import dev.fleetdash.sample.Metric;
import java.util.OptionalLong;
import java.util.stream.Collectors;

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

  /** What the newest rows are over time, of {@link #METRICS} in the buckets of a range. */
  public static final String HISTORY = "/peer/history";

  /** The parameter that names the metrics, with commas between. */
  public static final String METRICS = "metrics";

  /** The parameter that is the first second. */
  public static final String FROM = "from";

  /** The parameter that is the second after the last. */
  public static final String TO = "to";

  /** The parameter that is the length of a bucket in seconds. */
  public static final String STEP = "step";

  private PeerPaths() {}

  static String history(Recent.Query query) {
    return "%s?%s=%s&%s=%d&%s=%d&%s=%d"
        .formatted(
            HISTORY,
            METRICS,
            query.metrics().stream().map(Metric::fullName).collect(Collectors.joining(",")),
            FROM,
            query.from(),
            TO,
            query.to(),
            STEP,
            query.step());
  }

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
