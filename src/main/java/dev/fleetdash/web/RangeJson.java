package dev.fleetdash.web;

import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.sample.Unit;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/**
 * Writes a {@link Range} as the columns a chart takes: an axis of bucket starts, and arrays along
 * it with null where nothing is known. The extremes are left out where they are the average
 * everywhere.
 */
final class RangeJson {
  private RangeJson() {}

  /** Writes and closes {@code stream}. */
  static void write(RangeQuery query, Range range, OutputStream stream) {
    try (JsonGenerator out = Json.to(stream)) {
      out.writeStartObject();
      out.writeNumberProperty("start", range.start());
      out.writeNumberProperty("step", range.step());
      out.writeNumberProperty("buckets", range.buckets());
      out.writeNumberProperty("from", query.from());
      out.writeNumberProperty("to", query.to());
      out.writeStringProperty("tier", range.tier());
      axis(out, range);
      out.writeName("series");
      out.writeStartArray();
      for (Range.Series series : range.series()) {
        series(out, series);
      }
      out.writeEndArray();
      completeness(out, range);
      problems(out, range);
      out.writeEndObject();
    }
  }

  private static void axis(JsonGenerator out, Range range) {
    out.writeName("time");
    out.writeStartArray();
    for (int i = 0; i < range.buckets(); i++) {
      out.writeNumber(range.start() + (long) i * range.step());
    }
    out.writeEndArray();
  }

  private static void series(JsonGenerator out, Range.Series series) {
    Metric metric = series.metric();
    out.writeStartObject();
    out.writeStringProperty("host", series.host().value());
    out.writeStringProperty("metric", metric.fullName());
    out.writeStringProperty("key", series.key());
    out.writeStringProperty("unit", metric.unit().text());
    long[] averages = averages(series);
    long scale = metric.unit().averageScale() / metric.unit().scale();
    boolean flat = equal(series.min(), averages, scale) && equal(series.max(), averages, scale);
    if (!flat) {
      out.writeName("min");
      column(out, metric.unit(), series.min());
    }
    out.writeName("avg");
    column(out, averageUnit(metric.unit()), averages);
    if (!flat) {
      out.writeName("max");
      column(out, metric.unit(), series.max());
    }
    out.writeEndObject();
  }

  /** Scaled by {@link Unit#averageScale}. */
  static long[] averages(Range.Series series) {
    long scale = series.metric().unit().averageScale();
    return Arrays.stream(series.avg())
        .mapToLong(value -> Double.isNaN(value) ? Row.ABSENT : Math.round(value * scale))
        .toArray();
  }

  private static boolean equal(long[] extremes, long[] averages, long scale) {
    for (int i = 0; i < extremes.length; i++) {
      long extreme = extremes[i] == Row.ABSENT ? Row.ABSENT : extremes[i] * scale;
      if (extreme != averages[i]) {
        return false;
      }
    }
    return true;
  }

  private static void column(JsonGenerator out, Unit unit, long[] values) {
    out.writeStartArray();
    for (long value : values) {
      if (value == Row.ABSENT) {
        out.writeNull();
      } else {
        out.writeNumber(unit.decimal(value));
      }
    }
    out.writeEndArray();
  }

  /** How averages are written: {@link Unit#LOAD} has the two decimals that those of counts have. */
  static Unit averageUnit(Unit unit) {
    return unit == Unit.COUNT ? Unit.LOAD : unit;
  }

  private static void completeness(JsonGenerator out, Range range) {
    out.writeName("completeness");
    out.writeStartObject();
    range.completeness().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          out.writeName(entry.getKey().value());
          if (entry.getValue().isEmpty()) {
            out.writeNull();
          } else {
            out.writeNumber(
                Unit.RATIO.decimal(
                    Math.round(entry.getValue().getAsDouble() * Unit.RATIO.scale())));
          }
        });
    out.writeEndObject();
  }

  private static void problems(JsonGenerator out, Range range) {
    out.writeName("problems");
    out.writeStartArray();
    for (Range.Problem problem : range.problems()) {
      out.writeStartObject();
      out.writeStringProperty("key", problem.key());
      out.writeStringProperty("reason", problem.reason());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
