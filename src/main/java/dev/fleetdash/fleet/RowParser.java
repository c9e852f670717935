package dev.fleetdash.fleet;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads whole rows that come from elsewhere. What is unknown here stays in the row's text; a number
 * that is null, of another type or out of range is absent. Within bounds that no real row meets.
 */
final class RowParser {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(8)
                  .maxStringLength(4096)
                  .maxNameLength(256)
                  .maxNumberLength(64)
                  .build())
          .build();

  private static final int MOST_ITEMS = 4096;
  private static final Map<String, Metric> SCALARS = new HashMap<>();
  private static final Map<String, Family> FAMILIES = new HashMap<>();

  static {
    Metric.scalars().forEach(metric -> SCALARS.put(metric.field(), metric));
    Arrays.stream(Family.values()).forEach(family -> FAMILIES.put(family.field(), family));
  }

  private RowParser() {}

  static JsonParser open(byte[] bytes) {
    return JSON.createParser(ObjectReadContext.empty(), bytes);
  }

  static JsonParser open(InputStream bytes) {
    return JSON.createParser(ObjectReadContext.empty(), bytes);
  }

  /**
   * Reads a row, at whose opening brace the parser is.
   *
   * @throws JacksonException where it is no row of that host
   */
  static Row read(JsonParser json, HostName host) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw bad(json, "a row is not a JSON object");
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream(2048);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      Fields fields = new Fields(host);
      out.writeStartObject();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        out.writeName(json.currentName());
        String name = json.currentName();
        json.nextToken();
        fields.read(name, json, out);
      }
      out.writeEndObject();
      out.flush();
      return fields.row(json, text.toByteArray());
    }
  }

  private static JacksonException bad(JsonParser json, String why) {
    return new StreamReadException(json, why);
  }

  /** Copies the value at which the parser is, numbers digit by digit. */
  private static void copy(JsonParser json, JsonGenerator out) {
    int depth = 0;
    do {
      JsonToken token = json.currentToken();
      if (token == null) {
        throw bad(json, "it ends within a row");
      }
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      }
      if (token.isNumeric()) {
        out.writeNumber(json.getString());
      } else {
        out.copyCurrentEvent(json);
      }
    } while (depth > 0 && json.nextToken() != null);
  }

  /** What was read of one row. */
  private static final class Fields {
    private final HostName host;
    private final Map<Metric, Long> scalars = new HashMap<>();
    private final Map<Family, List<Item>> items = new HashMap<>();
    private long ts = -1;
    private long run = -1;
    private boolean ofHost;

    Fields(HostName host) {
      this.host = host;
    }

    void read(String name, JsonParser json, JsonGenerator out) {
      Family family = FAMILIES.get(name);
      if (family != null && json.currentToken() == JsonToken.START_ARRAY) {
        items.put(family, items(family, json, out));
        return;
      }
      switch (name) {
        case "ts" -> ts = whole(json);
        case "run" -> run = whole(json);
        case "host" ->
            ofHost =
                json.currentToken() == JsonToken.VALUE_STRING
                    && json.getString().equals(host.value());
        default -> {
          Metric metric = SCALARS.get(name);
          if (metric != null) {
            scalars.put(metric, scaled(json, metric));
          }
        }
      }
      copy(json, out);
    }

    private List<Item> items(Family family, JsonParser json, JsonGenerator out) {
      List<Item> found = new ArrayList<>();
      out.writeStartArray();
      for (JsonToken next = json.nextToken();
          next != JsonToken.END_ARRAY;
          next = json.nextToken()) {
        if (next != JsonToken.START_OBJECT || found.size() == MOST_ITEMS) {
          throw bad(json, family.field() + " has what is no item, or too many");
        }
        found.add(item(family, json, out));
      }
      out.writeEndArray();
      return found;
    }

    private static Item item(Family family, JsonParser json, JsonGenerator out) {
      String[] labels = new String[family.labels().size()];
      Arrays.fill(labels, "");
      Map<Metric, Long> values = new HashMap<>();
      out.writeStartObject();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        out.writeName(name);
        JsonToken value = json.nextToken();
        int label = family.labels().indexOf(name);
        if (label >= 0 && value == JsonToken.VALUE_STRING) {
          labels[label] = json.getString();
        }
        for (Metric metric : family.metrics()) {
          if (metric.field().equals(name)) {
            values.put(metric, scaled(json, metric));
          }
        }
        copy(json, out);
      }
      out.writeEndObject();
      Item.Builder item = Item.of(family, labels);
      values.forEach((metric, scaled) -> {
        if (scaled != Row.ABSENT) {
          item.set(metric, metric.unscaled(scaled));
        }
      });
      return item.build();
    }

    private static long whole(JsonParser json) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw bad(json, "ts or run is not a whole number");
      }
      return json.getLongValue();
    }

    private static long scaled(JsonParser json, Metric metric) {
      if (!json.currentToken().isNumeric()) {
        return Row.ABSENT;
      }
      double value = Double.parseDouble(json.getString());
      double scaled = value * metric.unit().scale();
      return Math.abs(scaled) < 1L << 62 ? Math.round(scaled) : Row.ABSENT;
    }

    Row row(JsonParser json, byte[] text) {
      if (ts < 0 || run < 0 || !ofHost) {
        throw bad(json, "a row is not of host " + host + ", or has no ts or run");
      }
      Row.Builder row = Row.at(ts, host, run);
      scalars.forEach((metric, scaled) -> {
        if (scaled != Row.ABSENT) {
          row.set(metric, metric.unscaled(scaled));
        }
      });
      items.forEach(row::add);
      return row.encoded(text).build();
    }
  }
}
