package dev.fleetdash.web;

import dev.fleetdash.history.History;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Nearest;
import dev.fleetdash.sql.ChartQuery;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a {@link RangeQuery} of the parameters of {@code /api/history}, within bounds that keep an
 * answer small enough for this process.
 */
final class RangeParameters {
  static final List<String> NAMES = List.of("hosts", "metrics", "from", "to", "points");
  static final List<String> NAMES_WITH_ENGINE =
      List.of("hosts", "metrics", "from", "to", "points", "engine");

  private static final int MAX_HOSTS = 50;
  private static final int MAX_METRICS = 32;
  private static final int MAX_POINTS = 5000;
  private static final int DEFAULT_POINTS = 500;

  /** Values of one kind in an answer: hosts x metrics x points. */
  private static final int MAX_VALUES = 100_000;

  private static final long EARLIEST = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();

  /** A host whose clock was ahead has rows in what is the future here. */
  private static final Duration AHEAD = Duration.ofDays(1);

  private static final Pattern AGO = Pattern.compile("-(\\d{1,9})([smhd])");
  private static final Pattern EPOCH = Pattern.compile("\\d{1,11}");
  private static final String TIME_FORMS =
      "write RFC 3339 (2026-11-23T10:00:00Z), epoch seconds, or a time before now such as -15m, -2h, -7d";

  private RangeParameters() {}

  /**
   * @param self whom to ask about where no host is named
   * @throws ApiException naming the parameter and the mend
   */
  static RangeQuery parse(Parameters parameters, HostName self, Instant now) {
    List<HostName> hosts =
        parameters.get("hosts").map(RangeParameters::hosts).orElse(List.of(self));
    List<Metric> metrics = metrics(parameters);
    long from = time("from", parameters.get("from").orElse("-1h"), now);
    long to = parameters.get("to").map(text -> time("to", text, now)).orElse(now.getEpochSecond());
    checkRange(from, to, now);
    int points = parameters.get("points").map(RangeParameters::points).orElse(DEFAULT_POINTS);
    long lines = (long) hosts.size() * metrics.size();
    if (lines * points > MAX_VALUES) {
      throw new ApiException(
          ApiError.TOO_MUCH,
          hosts.size()
              + " hosts x "
              + metrics.size()
              + " metrics x "
              + points
              + " points is more than "
              + MAX_VALUES
              + " values; ask for at most points="
              + MAX_VALUES / lines
              + ", or in several requests",
          "points");
    }
    return new RangeQuery(hosts, metrics, from, to, points);
  }

  /** Which engine's SQL is wanted. */
  static ChartQuery.Engine engine(Parameters parameters) {
    String text = parameters.get("engine").orElse(ChartQuery.Engine.DUCKDB.text());
    return ChartQuery.Engine.of(text)
        .orElseThrow(() ->
            new ApiException(
                ApiError.UNKNOWN_ENGINE,
                "'engine' is " + ChartQuery.Engine.all() + ", not '" + Text.brief(text) + "'",
                "engine"));
  }

  private static List<HostName> hosts(String text) {
    List<HostName> hosts =
        split("hosts", text, MAX_HOSTS).stream()
            .map(name -> host("hosts", name))
            .distinct()
            .toList();
    if (hosts.isEmpty()) {
      throw new ApiException(
          ApiError.BAD_HOST_NAME,
          "'hosts' is empty; name hosts separated by commas, or leave it out for this one",
          "hosts");
    }
    return hosts;
  }

  /** The host that a parameter names. */
  static HostName host(String field, String text) {
    return HostName.parse(text)
        .orElseThrow(() ->
            new ApiException(
                ApiError.BAD_HOST_NAME,
                "'"
                    + Text.brief(text)
                    + "' is not a host name (letters, digits, '.', '_', '-'; at most 64)",
                field));
  }

  private static List<Metric> metrics(Parameters parameters) {
    List<Metric> metrics =
        split("metrics", parameters.get("metrics").orElse(""), MAX_METRICS).stream()
            .map(RangeParameters::metric)
            .distinct()
            .toList();
    if (metrics.isEmpty()) {
      throw new ApiException(
          ApiError.MISSING_PARAMETER,
          "'metrics' is needed, for example metrics=cpu_utilization,filesystems.used_bytes; /api/catalogue lists all",
          "metrics");
    }
    return metrics;
  }

  private static Metric metric(String name) {
    Metric metric =
        Metric.named(name)
            .orElseThrow(() ->
                new ApiException(
                    ApiError.UNKNOWN_METRIC,
                    "unknown metric '"
                        + Text.brief(name)
                        + "'"
                        + Nearest.hint(name, chartable())
                        + " (/api/catalogue lists all)",
                    "metrics"));
    if (!charted(metric)) {
      throw new ApiException(
          ApiError.UNKNOWN_METRIC,
          "'" + name + "' has no history: processes come and go; their rows are in the archive",
          "metrics");
    }
    return metric;
  }

  private static List<String> chartable() {
    return Arrays.stream(Metric.values())
        .filter(RangeParameters::charted)
        .map(Metric::fullName)
        .toList();
  }

  private static boolean charted(Metric metric) {
    return metric.family().map(family -> family.charted()).orElse(true);
  }

  private static List<String> split(String field, String text, int most) {
    List<String> parts =
        Arrays.stream(text.split(",", -1))
            .map(String::strip)
            .filter(part -> !part.isEmpty())
            .toList();
    if (parts.size() > most) {
      throw new ApiException(
          ApiError.TOO_MUCH,
          "'" + field + "' names " + parts.size() + ", at most " + most + " in one request",
          field);
    }
    return parts;
  }

  private static int points(String text) {
    try {
      int points = Integer.parseInt(text);
      if (points >= 1 && points <= MAX_POINTS) {
        return points;
      }
    } catch (NumberFormatException _) {
      // Answered below, like a number out of bounds.
    }
    throw new ApiException(
        ApiError.BAD_POINTS,
        "'points' is a whole number from 1 to " + MAX_POINTS + ", not '" + Text.brief(text) + "'",
        "points");
  }

  /** The second that a parameter means. */
  static long time(String field, String text, Instant now) {
    if (text.equals("now")) {
      return now.getEpochSecond();
    }
    Matcher ago = AGO.matcher(text);
    if (ago.matches()) {
      return now.getEpochSecond() - Long.parseLong(ago.group(1)) * seconds(ago.group(2).charAt(0));
    }
    if (EPOCH.matcher(text).matches()) {
      return Long.parseLong(text);
    }
    try {
      return OffsetDateTime.parse(text).toEpochSecond();
    } catch (DateTimeException _) {
      throw new ApiException(
          ApiError.BAD_TIME,
          "'" + field + "' is not a time: '" + Text.brief(text) + "'; " + TIME_FORMS,
          field);
    }
  }

  private static long seconds(char unit) {
    return switch (unit) {
      case 's' -> 1;
      case 'm' -> 60;
      case 'h' -> 3600;
      default -> 86_400;
    };
  }

  private static void checkRange(long from, long to, Instant now) {
    if (from < EARLIEST) {
      throw new ApiException(ApiError.BAD_RANGE, "'from' is before the year 2000", "from");
    }
    if (from > now.plus(AHEAD).getEpochSecond()) {
      throw new ApiException(ApiError.BAD_RANGE, "'from' is in the future", "from");
    }
    if (from >= to) {
      throw new ApiException(
          ApiError.BAD_RANGE,
          "'from' ("
              + shown(from)
              + ") is not before 'to' ("
              + shown(to)
              + "); exchange them, or leave 'to' out for now",
          "from");
    }
    if (to - from > History.LONGEST_RANGE.toSeconds()) {
      throw new ApiException(
          ApiError.BAD_RANGE,
          "the range is longer than "
              + History.LONGEST_RANGE.toDays()
              + " days; ask for less at a time",
          "from");
    }
  }

  /** A year that {@link Instant} cannot hold is not an error of ours to make. */
  private static String shown(long epochSecond) {
    return Math.abs(epochSecond) > 253_402_300_799L
        ? Long.toString(epochSecond)
        : Instant.ofEpochSecond(epochSecond).toString();
  }
}
