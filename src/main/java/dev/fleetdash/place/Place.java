package dev.fleetdash.place;

import dev.fleetdash.sample.HostName;
import java.util.Optional;

/**
 * Who this host is and where it stands.
 *
 * @param host its identity in rows and keys
 * @param instance what the cloud knows of it; empty outside of EC2, or when EC2 did not answer
 */
public record Place(HostName host, Optional<Instance> instance) {
  /**
   * An EC2 instance.
   *
   * @param id such as {@code i-0123456789abcdef0}
   * @param type such as {@code t4g.small}
   */
  public record Instance(String id, String type, String zone, String region) {}
}
