package dev.fleetdash.web;

import dev.fleetdash.sample.Row;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a host's numbers are of now.
 *
 * @param kind {@code live}, {@code stale} or {@code none}
 */
public record HostState(String kind, String text) {
  private static final int LIVE_SECONDS = 4;
  private static final int STALE_SECONDS = 180;

  static HostState of(Optional<Row> newest, Instant now) {
    if (newest.isEmpty()) {
      return new HostState("none", "no data yet");
    }
    long age = now.getEpochSecond() - newest.get().ts();
    if (age <= LIVE_SECONDS) {
      return new HostState("live", "live");
    }
    String kind = age <= STALE_SECONDS ? "stale" : "none";
    return new HostState(
        kind, (kind.equals("stale") ? "stale, " : "no data for ") + Figures.duration((double) age));
  }
}
