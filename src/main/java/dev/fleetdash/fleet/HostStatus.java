package dev.fleetdash.fleet;

import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.util.List;
import java.util.Optional;

/**
 * What a node knows of one host at a moment. Immutable.
 *
 * @param reason why the state is what it is, for people: {@code scale_in}, {@code its clock is 45 s
 *     ahead}; empty while there is nothing to explain
 * @param since when the state began, epoch seconds
 * @param machine what it runs on; empty until its record was read
 * @param runs its runs of the last 24 hours, in order
 * @param latest empty where no row of it is known
 */
public record HostStatus(
    HostName host,
    State state,
    Optional<String> reason,
    long since,
    Optional<Machine> machine,
    List<Run> runs,
    Optional<Latest> latest) {
  public HostStatus {
    runs = List.copyOf(runs);
  }
}
