package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import java.util.Collection;

/** What a node knows of the fleet. Safe for use by several threads. */
public interface Fleet {
  /** As last heard of; returns at once, from memory. */
  FleetView view();

  /**
   * Says that somebody looks: for the next seconds these hosts are asked every second, all others
   * every 15. Returns at once.
   */
  void look(Collection<HostName> hosts);
}
