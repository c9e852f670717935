package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import java.util.List;
import java.util.Optional;

/**
 * The fleet at a moment, as one node sees it. Immutable.
 *
 * @param ts epoch seconds
 * @param node whose view it is
 * @param hosts everyone known in the last 24 hours, by name; the node itself always among them
 * @param trouble why the list of hosts may not be whole, for people
 */
public record FleetView(long ts, HostName node, List<HostStatus> hosts, Optional<String> trouble) {
  public FleetView {
    hosts = List.copyOf(hosts);
  }
}
