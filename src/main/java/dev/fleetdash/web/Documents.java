package dev.fleetdash.web;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** The answers that stay the same while the process runs, encoded once. */
final class Documents {
  private Documents() {}

  /** Every metric, scalars first. */
  static byte[] catalogue() {
    return Json.bytes(out -> {
      out.writeStartObject();
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
    });
  }

  private static void metric(JsonGenerator out, Metric metric) {
    out.writeStartObject();
    out.writeStringProperty("name", metric.fullName());
    out.writeStringProperty("field", metric.field());
    metric.family().ifPresent(family -> out.writeStringProperty("family", family.field()));
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
    out.writeNumberProperty("cadence_seconds", family.cadenceSeconds());
    out.writeBooleanProperty("history", family.charted());
    out.writeEndObject();
  }
}
