package dev.fleetdash.spool;

import dev.fleetdash.sample.HostName;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names the rows of one flush interval, from the moment its first row is written.
 *
 * @param host whose rows
 * @param ts the first row's, epoch seconds
 * @param run the process start that took them
 * @param seq grows within a run
 */
public record Segment(HostName host, long ts, long run, long seq) {
  static final String OPEN_SUFFIX = ".ndjson";
  static final String SEALED_SUFFIX = ".ndjson.gz";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss", Locale.ROOT);
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH", Locale.ROOT);
  private static final Pattern NAME =
      Pattern.compile("(\\d{4}-\\d\\d-\\d\\dT\\d{6})-(\\d{1,18})-(\\d{1,18})-(.+)");

  /** The file's name without suffix. Names of one host and run sort by time. */
  String name() {
    return "%s-%d-%d-%s".formatted(TIME.format(utc(ts)), run, seq, host);
  }

  /**
   * The folder of sealed segments that this one belongs into: one an hour, so that a long backlog
   * never makes a long listing.
   */
  String hourFolder() {
    return hourFolder(ts);
  }

  static String hourFolder(long ts) {
    return HOUR.format(utc(ts));
  }

  /** The segment of a file, or empty where the file is none. */
  static Optional<Segment> of(String fileName, String suffix) {
    if (!fileName.endsWith(suffix)) {
      return Optional.empty();
    }
    Matcher match = NAME.matcher(fileName.substring(0, fileName.length() - suffix.length()));
    if (!match.matches()) {
      return Optional.empty();
    }
    try {
      long ts = LocalDateTime.parse(match.group(1), TIME).toEpochSecond(ZoneOffset.UTC);
      return HostName.parse(match.group(4))
          .map(host ->
              new Segment(
                  host, ts, Long.parseLong(match.group(2)), Long.parseLong(match.group(3))));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static LocalDateTime utc(long ts) {
    return LocalDateTime.ofInstant(Instant.ofEpochSecond(ts), ZoneOffset.UTC);
  }
}
