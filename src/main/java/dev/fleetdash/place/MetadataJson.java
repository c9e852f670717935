package dev.fleetdash.place;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads the JSON of the metadata service: flat objects, of which only the strings matter. */
final class MetadataJson {
  private static final JsonFactory JSON = new JsonFactory();

  private MetadataJson() {}

  /** The strings of an object by their names. */
  static Map<String, String> object(String text) throws IOException {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
      expect(JsonToken.START_OBJECT, json.nextToken());
      return strings(json);
    } catch (JacksonException e) {
      throw new IOException("not JSON", e);
    }
  }

  /** The strings of each object of an array. */
  static List<Map<String, String>> objects(String text) throws IOException {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
      expect(JsonToken.START_ARRAY, json.nextToken());
      List<Map<String, String>> found = new ArrayList<>();
      for (JsonToken next = json.nextToken();
          next != JsonToken.END_ARRAY;
          next = json.nextToken()) {
        expect(JsonToken.START_OBJECT, next);
        found.add(strings(json));
      }
      return found;
    } catch (JacksonException e) {
      throw new IOException("not JSON", e);
    }
  }

  private static Map<String, String> strings(JsonParser json) {
    Map<String, String> fields = new HashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      if (json.nextToken() == JsonToken.VALUE_STRING) {
        fields.put(name, json.getString());
      } else {
        json.skipChildren();
      }
    }
    return fields;
  }

  private static void expect(JsonToken wanted, JsonToken found) throws IOException {
    if (found != wanted) {
      throw new IOException("not the JSON expected: " + found + " instead of " + wanted);
    }
  }
}
