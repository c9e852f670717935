package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a node knows of the fleet. Safe for use by several threads. */
public interface Fleet {
  /** As last heard of; returns at once, from memory. */
  FleetView view();

  /**
   * Says that somebody looks: for the next seconds these hosts are asked every second, all others
   * every 15. Returns at once.
   */
  void look(Collection<HostName> hosts);

  /**
   * Looks, and waits until these hosts were asked since somebody looked, or all where none is
   * named.
   *
   * @param patience waits no longer
   */
  default FleetView looked(Collection<HostName> hosts, Duration patience)
      throws InterruptedException {
    look(hosts);
    return view();
  }

  /**
   * What happened to hosts in the seconds {@code [from, to)}, in order.
   *
   * @throws IOException where records would have to be read and cannot be
   */
  default FleetEvents events(long from, long to) throws IOException, InterruptedException {
    return new FleetEvents(List.of(), Optional.empty());
  }

  /**
   * The rows of one host after the second {@code ts}, oldest first, as far as they are held; says
   * too that somebody follows it. Returns at once.
   */
  default List<Row> follow(HostName host, long ts) {
    return List.of();
  }
}
