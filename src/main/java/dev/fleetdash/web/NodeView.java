package dev.fleetdash.web;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Part;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;

/**
 * The process that serves a page, at that moment.
 *
 * @param archive its location, as configured
 * @param past as in {@link Node}
 * @param price empty where nothing is paid for, or where it is too early to say
 */
record NodeView(
    HostName name,
    String version,
    Instant now,
    String archive,
    List<Part.State> parts,
    Backlog backlog,
    OwnCost cost,
    Optional<Price> price,
    Optional<Instant> past) {
  /** A process that samples. */
  NodeView(
      HostName name,
      String version,
      Instant now,
      String archive,
      List<Part.State> parts,
      Backlog backlog,
      OwnCost cost,
      Optional<Price> price) {
    this(name, version, now, archive, parts, backlog, cost, price, Optional.empty());
  }

  NodeView {
    parts = List.copyOf(parts);
  }

  /** What waits in the spool for the archive. */
  record Backlog(long segments, long bytes) {}

  /**
   * What the archive costs a month, at list prices.
   *
   * @param metrics numbers without labels, which would cost so much as custom metrics of CloudWatch
   */
  record Price(
      double requests, double dollars, long metrics, double cloudWatchDollars, LocalDate date) {}

  /** What the process takes for itself; NaN where unknown. */
  record OwnCost(double cpuSecondsPerHour, double rssBytes) {}
}
