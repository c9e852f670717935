package dev.fleetdash.sql;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** The catalogue as the archive tells it to programs. */
final class Schema {
  private static final Map<String, String> TIERS =
      Map.of(
          "raw", "v1/raw/dt={dt}/hour={hour}/host={host}/{time}-{run}-{seq}.ndjson.gz",
          "1s", "v1/1s/dt={dt}/hour={hour}/host={host}/data.ndjson.gz",
          "1m", "v1/1m/dt={dt}/host={host}/data.ndjson.gz",
          "1h", "v1/1h/month={month}/host={host}/data.ndjson.gz",
          "1d", "v1/1d/year={year}/host={host}/data.ndjson.gz");
  private static final List<String> ORDER = List.of("raw", "1s", "1m", "1h", "1d");

  private Schema() {}

  static byte[] json(int revision) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ObjectWriteContext pretty =
        new ObjectWriteContext.Base() {
          @Override
          public tools.jackson.core.PrettyPrinter getPrettyPrinter() {
            return new DefaultPrettyPrinter();
          }
        };
    try (JsonGenerator out = new JsonFactory().createGenerator(pretty, bytes)) {
      out.writeStartObject();
      out.writeNumberProperty("revision", revision);
      out.writeStringProperty("schema", "v1");
      out.writeName("tiers");
      out.writeStartObject();
      ORDER.forEach(tier -> out.writeStringProperty(tier, TIERS.getOrDefault(tier, "")));
      out.writeEndObject();
      out.writeName("metrics");
      out.writeStartArray();
      for (Metric metric : Metric.values()) {
        metric(out, metric);
      }
      out.writeEndArray();
      out.writeName("families");
      out.writeStartArray();
      for (Family family : Family.values()) {
        family(out, family);
      }
      out.writeEndArray();
      out.writeEndObject();
      out.writeRaw('\n');
    }
    return bytes.toByteArray();
  }

  private static void metric(JsonGenerator out, Metric metric) {
    out.writeStartObject();
    metric.family().ifPresent(family -> out.writeStringProperty("family", family.field()));
    out.writeStringProperty("field", metric.field());
    out.writeStringProperty("type", metric.unit().integer() ? "integer" : "real");
    out.writeStringProperty("unit", metric.unit().text());
    out.writeNumberProperty("digits", metric.unit().digits());
    out.writeStringProperty("kind", metric.kind().name().toLowerCase(Locale.ROOT));
    out.writeNumberProperty("cadence_seconds", metric.cadenceSeconds());
    out.writeStringProperty("help", metric.help());
    out.writeEndObject();
  }

  private static void family(JsonGenerator out, Family family) {
    out.writeStartObject();
    out.writeStringProperty("field", family.field());
    out.writeName("labels");
    out.writeStartArray();
    family.labels().forEach(out::writeString);
    out.writeEndArray();
    out.writeBooleanProperty("rollups", family.charted());
    out.writeEndObject();
  }
}
