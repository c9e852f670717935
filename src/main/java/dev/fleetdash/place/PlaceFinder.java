package dev.fleetdash.place;

import dev.fleetdash.place.Place.Instance;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where the process runs.
 *
 * <p>The metadata service is asked only where the machine says that it is EC2's, or where its
 * endpoint is configured; anywhere else there is neither a connection nor a delay. The configured
 * name goes before the instance's id, and that before the machine's name.
 */
public final class PlaceFinder {
  private static final Logger log = LoggerFactory.getLogger(PlaceFinder.class);

  /** Where the firmware names the machine's maker. */
  static final Path DMI = Path.of("/sys/class/dmi/id");

  private static final String NAMELESS = "localhost";
  private static final int LONGEST_NAME = 64;

  private final Optional<MetadataService> service;
  private final MachineName machineName;
  private final Part part;

  /** Tells the machine's own name. */
  @FunctionalInterface
  public interface MachineName {
    String get() throws IOException;
  }

  /** A finder for this machine. */
  public PlaceFinder(Map<String, String> environment, Telemetry telemetry) {
    this(MetadataService.of(environment, DMI), MachineNames::ofThisMachine, telemetry);
  }

  /** A finder for a machine that may not be this one. */
  PlaceFinder(Optional<MetadataService> service, MachineName machineName, Telemetry telemetry) {
    this.service = service;
    this.machineName = machineName;
    this.part = telemetry.part("place");
  }

  /**
   * Looks once; on EC2 this takes some milliseconds, and about three seconds at most.
   *
   * @param configured a name that was chosen for this host
   */
  public Place find(Optional<HostName> configured) {
    if (service.isEmpty()) {
      part.up("not on EC2");
    }
    Optional<Instance> instance = service.flatMap(this::ask);
    HostName host =
        configured
            .or(() -> instance.flatMap(i -> HostName.parse(i.id())))
            .orElseGet(this::machineName);
    Set<String> names =
        instance.flatMap(_ -> service).map(InstanceMetadata::names).orElseGet(Set::of);
    Place place = new Place(host, instance, names);
    log.info("place host={} instance={} names={}", host, instance, names);
    return place;
  }

  private Optional<Instance> ask(MetadataService asked) {
    try {
      Instance instance = InstanceMetadata.read(asked);
      part.up();
      return Optional.of(instance);
    } catch (IOException e) {
      part.failing(
          "the EC2 metadata service at "
              + asked.endpoint()
              + " does not tell the instance: "
              + e.getMessage()
              + "; allow it (IMDSv2), or choose a name with FLEETDASH_HOST");
      return Optional.empty();
    }
  }

  private HostName machineName() {
    try {
      String name = machineName.get();
      HostName host = valid(name);
      NameDoubt.of(name, host).ifPresent(this::tell);
      return host;
    } catch (IOException e) {
      part.failing("the machine's name is unknown; set FLEETDASH_HOST: " + e.getMessage());
      return new HostName(NAMELESS);
    }
  }

  /** Where EC2 does not answer, that is already told, with the same mend. */
  private void tell(NameDoubt doubt) {
    log.warn("name of this host reason=\"{}\"", doubt.text());
    if (doubt.serious()) {
      part.failing(doubt.text());
    } else if (service.isEmpty()) {
      part.up(doubt.text());
    }
  }

  /** The name with each character that is not allowed replaced, cut where it is too long. */
  static HostName valid(String name) {
    String text = name.strip().replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[._-]+", "");
    if (text.isEmpty()) {
      return new HostName(NAMELESS);
    }
    return new HostName(text.substring(0, Math.min(LONGEST_NAME, text.length())));
  }
}
