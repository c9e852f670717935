package dev.fleetdash.place;

import dev.fleetdash.place.Place.Instance;
import java.io.IOException;
import java.util.Map;

/** Reads the instance from the identity document that the metadata service has of it. */
final class InstanceMetadata {
  private static final String DOCUMENT = "/latest/dynamic/instance-identity/document";

  private InstanceMetadata() {}

  static Instance read(MetadataService service) throws IOException {
    String document =
        service
            .get(DOCUMENT)
            .orElseThrow(() -> new IOException("there is no instance identity document"));
    return parse(document);
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
