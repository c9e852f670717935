package dev.fleetdash.place;

import dev.fleetdash.sample.HostName;
import java.util.Optional;
import java.util.Set;

/**
 * Who this host is and where it stands.
 *
 * @param host its identity in rows and keys
 * @param instance what the cloud knows of it; empty outside of EC2, or when EC2 did not answer
 * @param names that the cloud's name servers have of it
 */
public record Place(HostName host, Optional<Instance> instance, Set<String> names) {
  public Place {
    names = Set.copyOf(names);
  }

  /** Of which no name server knows. */
  public Place(HostName host, Optional<Instance> instance) {
    this(host, instance, Set.of());
  }

  /**
   * An EC2 instance.
   *
   * @param id such as {@code i-0123456789abcdef0}
   * @param type such as {@code t4g.small}
   */
  public record Instance(String id, String type, String zone, String region) {}
}
