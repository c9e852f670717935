package dev.fleetdash.sample;

import java.io.ByteArrayOutputStream;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes a row as one JSON object on one line; absent numbers are left out. */
final class RowEncoder {
  private static final int TYPICAL_ROW_BYTES = 4096;
  private static final JsonFactory JSON = new JsonFactory();

  private RowEncoder() {}

  /** UTF-8, without the newline. */
  static byte[] encode(Row row) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(TYPICAL_ROW_BYTES);
    try (JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      out.writeStartObject();
      out.writeNumberProperty("ts", row.ts());
      out.writeStringProperty("host", row.host().value());
      out.writeNumberProperty("run", row.run());
      for (Metric metric : Metric.scalars()) {
        number(out, metric, row.scaled(metric));
      }
      for (Family family : Family.values()) {
        if (row.has(family)) {
          items(out, family, row.items(family));
        }
      }
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void items(JsonGenerator out, Family family, List<Item> items) {
    out.writeName(family.field());
    out.writeStartArray();
    for (Item item : items) {
      out.writeStartObject();
      for (int i = 0; i < family.labels().size(); i++) {
        out.writeStringProperty(family.labels().get(i), item.labels().get(i));
      }
      for (Metric metric : family.metrics()) {
        number(out, metric, item.scaled(metric));
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void number(JsonGenerator out, Metric metric, long scaled) {
    if (scaled != Row.ABSENT) {
      out.writeName(metric.field());
      out.writeNumber(metric.unit().decimal(scaled));
    }
  }
}
