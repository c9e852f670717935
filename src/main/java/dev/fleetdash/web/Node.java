package dev.fleetdash.web;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Prices;
import java.net.URI;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What this process is; nothing of it changes while it runs, unless the clock is set.
 *
 * @param place zone, instance type and the like, as one line; empty where nothing is known
 * @param url under which people open it, if somebody said
 * @param commit what the jar was built from
 * @param started by the clock as it goes now
 * @param archive its location, as configured
 * @param archiveUrl the same as SQL engines take it
 * @param prices of S3 and CloudWatch
 * @param configuration by variable, effective, secrets masked
 * @param past the moment that is shown, where that is not now and nothing is sampled
 */
public record Node(
    HostName host,
    String place,
    Optional<URI> url,
    String version,
    String commit,
    Supplier<Instant> started,
    String archive,
    String archiveUrl,
    Prices prices,
    Map<String, String> configuration,
    Optional<Instant> past) {
  /** A process that samples. */
  public Node(
      HostName host,
      String place,
      Optional<URI> url,
      String version,
      String commit,
      Supplier<Instant> started,
      String archive,
      String archiveUrl,
      Prices prices,
      Map<String, String> configuration) {
    this(
        host,
        place,
        url,
        version,
        commit,
        started,
        archive,
        archiveUrl,
        prices,
        configuration,
        Optional.empty());
  }

  public Node {
    configuration = Collections.unmodifiableMap(new LinkedHashMap<>(configuration));
  }
}
