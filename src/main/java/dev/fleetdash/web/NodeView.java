package dev.fleetdash.web;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Part;
import java.time.Instant;
import java.util.List;

/**
 * The process that serves a page, at that moment.
 *
 * @param archive its location, as configured
 */
record NodeView(
    HostName name,
    String version,
    Instant now,
    String archive,
    List<Part.State> parts,
    Backlog backlog,
    OwnCost cost) {
  NodeView {
    parts = List.copyOf(parts);
  }

  /** What waits in the spool for the archive. */
  record Backlog(long segments, long bytes) {}

  /** What the process takes for itself; NaN where unknown. */
  record OwnCost(double cpuSecondsPerHour, double rssBytes) {}
}
