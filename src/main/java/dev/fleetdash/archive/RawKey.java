package dev.fleetdash.archive;

import dev.fleetdash.sample.HostName;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The key of one flush: {@code
 * v1/raw/dt=2026-11-23/hour=10/host=i-0abc/101500-<run>-<seq>.ndjson.gz}, all times UTC.
 *
 * @param ts the first row's, epoch seconds
 * @param run the process start that took the rows
 * @param seq grows within a run
 */
public record RawKey(HostName host, long ts, long run, long seq) {
  private static final DateTimeFormatter FOLDER =
      DateTimeFormatter.ofPattern("'v1/raw/dt='uuuu-MM-dd'/hour='HH'/host='", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Pattern KEY =
      Pattern.compile(
          "v1/raw/dt=(\\d{4}-\\d\\d-\\d\\d)/hour=(\\d\\d)/host=([^/]+)/(\\d\\d)(\\d\\d)(\\d\\d)-(\\d{1,18})-(\\d{1,18})\\.ndjson\\.gz");

  /**
   * The folder that holds a host's rows of the UTC hour of {@code ts}, with the final {@code /}.
   */
  public static String folder(HostName host, long ts) {
    return FOLDER.format(Instant.ofEpochSecond(ts)) + host + "/";
  }

  /** The key as text. */
  public String text() {
    return folder(host, ts)
        + TIME.format(Instant.ofEpochSecond(ts))
        + "-"
        + run
        + "-"
        + seq
        + ".ndjson.gz";
  }

  /** Empty where the text is not such a key: a foreign file. */
  public static Optional<RawKey> parse(String text) {
    Matcher match = KEY.matcher(text);
    if (!match.matches() || !match.group(2).equals(match.group(4))) {
      return Optional.empty();
    }
    try {
      Instant at =
          Instant.parse(
              "%sT%s:%s:%sZ"
                  .formatted(match.group(1), match.group(4), match.group(5), match.group(6)));
      return HostName.parse(match.group(3))
          .map(host ->
              new RawKey(
                  host,
                  at.getEpochSecond(),
                  Long.parseLong(match.group(7)),
                  Long.parseLong(match.group(8))));
    } catch (java.time.DateTimeException _) {
      return Optional.empty();
    }
  }
}
