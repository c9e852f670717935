package dev.fleetdash.web;

import dev.fleetdash.history.Range;
import dev.fleetdash.sample.Row;
import dev.fleetdash.sample.Unit;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Writes a {@link Range} as one line for each bucket of each series that has a value. Nothing is
 * gathered: a line is written when it is made.
 */
final class RangeLines {
  private static final String HEADER = "host,metric,key,time,min,avg,max\r\n";

  /** With these a spreadsheet begins a formula. */
  private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

  private RangeLines() {}

  private interface Line {
    void write(Writer out, String time, String min, String avg, String max) throws IOException;
  }

  /** As RFC 4180 has it. */
  static void csv(Range range, OutputStream stream) throws IOException {
    try (Writer out = writer(stream)) {
      out.write(HEADER);
      for (Range.Series series : range.series()) {
        String what =
            cell(series.host().value())
                + ","
                + cell(series.metric().fullName())
                + ","
                + cell(series.key())
                + ",";
        lines(
            range,
            series,
            out,
            (to, time, min, avg, max) ->
                to.write(what + time + "," + min + "," + avg + "," + max + "\r\n"));
      }
    }
  }

  /** One JSON object a line. */
  static void ndjson(Range range, OutputStream stream) throws IOException {
    try (Writer out = writer(stream)) {
      for (Range.Series series : range.series()) {
        String what =
            "{\"host\":%s,\"metric\":%s,\"key\":%s,\"time\":\""
                .formatted(
                    Json.string(series.host().value()),
                    Json.string(series.metric().fullName()),
                    Json.string(series.key()));
        lines(
            range,
            series,
            out,
            (to, time, min, avg, max) ->
                to.write(
                    what
                        + time
                        + "\",\"min\":"
                        + min
                        + ",\"avg\":"
                        + avg
                        + ",\"max\":"
                        + max
                        + "}\n"));
      }
    }
  }

  private static Writer writer(OutputStream stream) {
    return new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8));
  }

  private static void lines(Range range, Range.Series series, Writer out, Line line)
      throws IOException {
    Unit unit = series.metric().unit();
    Unit averageUnit = RangeJson.averageUnit(unit);
    long[] averages = RangeJson.averages(series);
    for (int i = 0; i < averages.length; i++) {
      if (averages[i] != Row.ABSENT) {
        line.write(
            out,
            Instant.ofEpochSecond(range.start() + (long) i * range.step()).toString(),
            unit.decimal(series.min()[i]),
            averageUnit.decimal(averages[i]),
            unit.decimal(series.max()[i]));
      }
    }
  }

  /** A text, which may come from anywhere: no formula, whatever it begins with. */
  private static String cell(String text) {
    boolean formula = !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0;
    String safe = formula ? "'" + text : text;
    boolean plain = safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
    return plain ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
