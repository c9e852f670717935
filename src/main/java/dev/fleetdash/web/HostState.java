package dev.fleetdash.web;

import dev.fleetdash.fleet.HostStatus;
import java.time.Instant;

/**
 * A host's state as people read it. The browser's {@code state.js} writes the same.
 *
 * @param kind as {@link dev.fleetdash.fleet.State#text}; names the colour
 * @param brief the state and how long it has lasted
 * @param reason empty while there is nothing to explain
 */
public record HostState(String kind, String brief, String reason) {
  static HostState of(HostStatus host, Instant now) {
    long ts = now.getEpochSecond();
    String lasting = Figures.rough((double) Math.max(0, ts - host.since()));
    String silent =
        host.latest()
            .map(latest -> Figures.duration((double) Math.max(0, ts - latest.row().ts())))
            .orElse("no row yet");
    String reason = host.reason().orElse("");
    return switch (host.state()) {
      case LIVE ->
          new HostState("live", host.latest().isPresent() ? "live" : "live, " + silent, reason);
      case STALE -> new HostState("stale", "stale, " + silent, reason);
      case UNREACHABLE -> new HostState("unreachable", "unreachable for " + lasting, reason);
      case LOST -> new HostState("lost", "lost " + lasting + " ago", reason);
      case ENDED -> new HostState("ended", "ended " + lasting + " ago", reason);
      case UNKNOWN ->
          new HostState(
              "unknown", "unknown", reason.isEmpty() ? "the archive cannot be read" : reason);
    };
  }

  /** All of it. */
  public String text() {
    return reason.isEmpty() ? brief : brief + ": " + reason;
  }
}
