package dev.fleetdash.web;

import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * A host's state as people read it. The browser's {@code state.js} writes the same text.
 *
 * @param kind as {@link dev.fleetdash.fleet.State#text}; names the colour
 */
public record HostState(String kind, String text) {
  static HostState of(HostStatus host, Instant now) {
    long ts = now.getEpochSecond();
    String why = host.reason().map(reason -> ": " + reason).orElse("");
    String ago = Figures.rough((double) Math.max(0, ts - host.since())) + " ago";
    OptionalLong last =
        host.latest()
            .map(Latest::row)
            .map(row -> OptionalLong.of(row.ts()))
            .orElse(OptionalLong.empty());
    String silent =
        last.isPresent()
            ? Figures.duration((double) Math.max(0, ts - last.getAsLong()))
            : "no row yet";
    return new HostState(
        host.state().text(),
        switch (host.state()) {
          case LIVE -> last.isPresent() ? "live" : "live, " + silent;
          case STALE -> "stale, " + silent + why;
          case UNREACHABLE ->
              "unreachable for " + Figures.rough((double) Math.max(0, ts - host.since())) + why;
          case LOST -> "lost " + ago + why;
          case ENDED -> "ended " + ago + why;
          case UNKNOWN -> "unknown" + (why.isEmpty() ? ": the archive cannot be read" : why);
        });
  }
}
