package dev.fleetdash.fleet;

import java.util.List;
import java.util.Optional;

/**
 * What happened to hosts, in order. Immutable.
 *
 * @param trouble why it may not be all, for people
 */
public record FleetEvents(List<FleetEvent> events, Optional<String> trouble) {
  public FleetEvents {
    events = List.copyOf(events);
  }
}
