package dev.fleetdash.fleet;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * {@code {"keys":["<64 hexadecimal digits>"]}}: the first signs, all are accepted. Other fields are
 * passed over.
 */
final class FleetKeysJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MOST_KEYS = 4;

  private FleetKeysJson() {}

  static byte[] write(List<FleetKey> keys) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeName("keys");
      out.writeStartArray();
      keys.forEach(key -> out.writeString(key.hex()));
      out.writeEndArray();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IllegalArgumentException with what is wrong, and nothing of the keys
   */
  static List<FleetKey> read(byte[] object) {
    List<FleetKey> keys = new ArrayList<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), object)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("it is not a JSON object");
      }
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        if (json.nextToken() == JsonToken.START_ARRAY && name.equals("keys")) {
          readKeys(json, keys);
        } else {
          json.skipChildren();
        }
      }
    } catch (JacksonException _) {
      // Without the cause, whose message quotes the text.
      throw new IllegalArgumentException("it is not JSON");
    }
    if (keys.isEmpty() || keys.size() > MOST_KEYS) {
      throw new IllegalArgumentException("it has not one to " + MOST_KEYS + " keys");
    }
    return List.copyOf(keys);
  }

  private static void readKeys(JsonParser json, List<FleetKey> keys) {
    for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
      if (next != JsonToken.VALUE_STRING) {
        throw new IllegalArgumentException("a key is not a string");
      }
      keys.add(FleetKey.of(json.getString()));
    }
  }
}
