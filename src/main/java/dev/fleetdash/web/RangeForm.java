package dev.fleetdash.web;

import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A form in which a range is given. */
enum RangeForm {
  /** For charts. */
  JSON(Errors.JSON_TYPE),
  /** For tables. */
  CSV("text/csv;charset=utf-8"),
  /** For programs that take a line at a time. */
  NDJSON("application/x-ndjson;charset=utf-8");

  /** How many objects could not be read; the downloads have no place of their own to name them. */
  static final String PROBLEMS_FIELD = "X-Fleetdash-Problems";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final String contentType;

  RangeForm(String contentType) {
    this.contentType = contentType;
  }

  /** Sets what goes before the answer. */
  void head(RangeQuery query, Range range, HttpServletResponse res) {
    res.setContentType(contentType);
    if (this != JSON) {
      res.setHeader(
          "Content-Disposition", "attachment; filename=\"" + fileName(query, range) + "\"");
      res.setHeader(PROBLEMS_FIELD, Integer.toString(range.problems().size()));
    }
  }

  /** Of nothing but letters, digits, dots and dashes: so is a host's name. */
  private String fileName(RangeQuery query, Range range) {
    String host = query.hosts().size() == 1 ? query.hosts().getFirst() + "-" : "";
    return "fleetdash-"
        + host
        + TIME.format(Instant.ofEpochSecond(range.start()))
        + "."
        + name().toLowerCase(Locale.ROOT);
  }

  /** Writes the answer and closes {@code out}. */
  void write(RangeQuery query, Range range, OutputStream out) throws IOException {
    switch (this) {
      case JSON -> RangeJson.write(query, range, out);
      case CSV -> RangeLines.csv(range, out);
      case NDJSON -> RangeLines.ndjson(range, out);
    }
  }
}
