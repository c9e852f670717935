package dev.fleetdash.place;

import dev.fleetdash.place.Place.Instance;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what the metadata service has of the instance. */
final class InstanceMetadata {
  private static final String DOCUMENT = "/latest/dynamic/instance-identity/document";
  private static final List<String> NAMES =
      List.of("/latest/meta-data/local-hostname", "/latest/meta-data/public-hostname");

  private InstanceMetadata() {}

  /** From its identity document. */
  static Instance read(MetadataService service) throws IOException {
    String document =
        service
            .get(DOCUMENT)
            .orElseThrow(() -> new IOException("there is no instance identity document"));
    return parse(document);
  }

  /**
   * Its names in the DNS, inside of the VPC and outside, as far as it has any and the service tells
   * them.
   */
  static Set<String> names(MetadataService service) {
    Set<String> names = new LinkedHashSet<>();
    try {
      for (String path : NAMES) {
        // With several domains in the DHCP options they come one after the other.
        service
            .get(path)
            .map(text -> text.strip().split("\\s+", 2)[0])
            .filter(name -> !name.isEmpty())
            .ifPresent(names::add);
      }
    } catch (IOException _) {
      // Then it answers under fewer, and says so to whoever asks under one of these.
    }
    return names;
  }

  /** Picks the instance from its identity document. */
  static Instance parse(String document) throws IOException {
    Map<String, String> fields;
    try {
      fields = MetadataJson.object(document);
    } catch (IOException e) {
      throw new IOException("the instance identity document makes no sense: " + e.getMessage(), e);
    }
    return new Instance(
        required(fields, "instanceId"),
        required(fields, "instanceType"),
        required(fields, "availabilityZone"),
        required(fields, "region"));
  }

  private static String required(Map<String, String> fields, String name) throws IOException {
    String value = fields.get(name);
    if (value == null || value.isBlank()) {
      throw new IOException("the instance identity document has no " + name);
    }
    return value;
  }
}
