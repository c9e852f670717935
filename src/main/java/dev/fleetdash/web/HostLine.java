package dev.fleetdash.web;

import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.web.Table.Cell;
import java.time.Instant;
import java.util.Comparator;

/**
 * One host among many. The cells are in the order of the page's columns.
 *
 * @param place zone, instance type and version, as one line
 */
public record HostLine(
    String host,
    String place,
    HostState state,
    Cell cpu,
    Cell memory,
    Cell space,
    String load,
    String disk,
    String network,
    String uptime) {
  /**
   * Who needs a look comes first, who is gone last; the browser's {@code hosts.js} does the same.
   */
  static final Comparator<HostView> ORDER =
      Comparator.comparingInt((HostView host) -> rank(host.status().state()))
          .thenComparing(host -> host.host().value());

  private static int rank(State state) {
    return switch (state) {
      case LOST -> 0;
      case UNREACHABLE -> 1;
      case UNKNOWN -> 2;
      case STALE -> 3;
      case LIVE -> 4;
      case ENDED -> 5;
    };
  }

  static HostLine of(HostView host, Instant now) {
    Numbers n = new Numbers(host);
    return new HostLine(
        host.host().value(),
        place(host),
        HostState.of(host.status(), now),
        Cell.share(n.get(Metric.CPU_UTILIZATION), 0.8, 0.95),
        Cell.share(n.get(Metric.MEMORY_USED_BYTES) / n.get(Metric.MEMORY_TOTAL_BYTES), 0.85, 0.95),
        Cell.share(n.get(Metric.FILESYSTEM_USED_RATIO_MAX), 0.85, 0.95),
        Figures.load(n.get(Metric.LOAD1)),
        Figures.bytesPerSecond(
            n.sum(Metric.DISK_READ_BYTES_PER_SECOND, Metric.DISK_WRITTEN_BYTES_PER_SECOND)),
        Figures.bytesPerSecond(
            n.sum(Metric.NETWORK_RECEIVED_BYTES_PER_SECOND, Metric.NETWORK_SENT_BYTES_PER_SECOND)),
        Figures.duration(n.get(Metric.UPTIME_SECONDS)));
  }

  private static String place(HostView host) {
    if (host.place().isEmpty()) {
      return host.version();
    }
    return host.version().isEmpty() ? host.place() : host.place() + " · " + host.version();
  }

  /** Whether its numbers are those of its end. */
  public boolean past() {
    return !state.kind().equals("live") && !state.kind().equals("stale");
  }
}
