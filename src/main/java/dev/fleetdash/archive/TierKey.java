package dev.fleetdash.archive;

import dev.fleetdash.sample.HostName;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The key of a derived object. It follows from host, tier and time, so a reader computes it:
 *
 * <pre>
 *   v1/1s/dt=2026-11-23/hour=10/host=i-0abc/data.ndjson.gz
 *   v1/1m/dt=2026-11-23/host=i-0abc/data.ndjson.gz
 *   v1/1h/month=2026-11/host=i-0abc/data.ndjson.gz
 *   v1/1d/year=2026/host=i-0abc/data.ndjson.gz
 * </pre>
 *
 * @param start the first second of the object's UTC hour, day, month or year, epoch seconds
 */
public record TierKey(Tier tier, HostName host, long start) {
  private static final Pattern KEY =
      Pattern.compile("v1/(1[smhd])/([^/]+(?:/hour=\\d\\d)?)/host=([^/]+)/data\\.ndjson\\.gz");
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("'dt='uuuu-MM-dd'/hour='HH", Locale.ROOT);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("'dt='uuuu-MM-dd", Locale.ROOT);
  private static final DateTimeFormatter MONTH =
      DateTimeFormatter.ofPattern("'month='uuuu-MM", Locale.ROOT);
  private static final DateTimeFormatter YEAR =
      DateTimeFormatter.ofPattern("'year='uuuu", Locale.ROOT);

  public TierKey {
    if (start != start(tier, start)) {
      throw new IllegalArgumentException(start + " does not begin an object of " + tier.text());
    }
  }

  /** The object that holds the second {@code ts}. */
  public static TierKey of(Tier tier, HostName host, long ts) {
    return new TierKey(tier, host, start(tier, ts));
  }

  private static long start(Tier tier, long ts) {
    LocalDateTime time = utc(ts);
    LocalDateTime start =
        switch (tier) {
          case SECONDS -> time.truncatedTo(ChronoUnit.HOURS);
          case MINUTES -> time.truncatedTo(ChronoUnit.DAYS);
          case HOURS -> time.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1);
          case DAYS -> time.truncatedTo(ChronoUnit.DAYS).withDayOfYear(1);
        };
    return start.toEpochSecond(ZoneOffset.UTC);
  }

  private static LocalDateTime utc(long ts) {
    return LocalDateTime.ofEpochSecond(ts, 0, ZoneOffset.UTC);
  }

  /** The second after the object's last. */
  public long end() {
    LocalDateTime start = utc(this.start);
    LocalDateTime end =
        switch (tier) {
          case SECONDS -> start.plusHours(1);
          case MINUTES -> start.plusDays(1);
          case HOURS -> start.plusMonths(1);
          case DAYS -> start.plusYears(1);
        };
    return end.toEpochSecond(ZoneOffset.UTC);
  }

  /** Whether the object is where a row of that second belongs. */
  public boolean covers(long ts) {
    return ts >= start && ts < end();
  }

  /** The key as text. */
  public String text() {
    return "v1/%s/%s/host=%s/data.ndjson.gz"
        .formatted(tier.text(), format(tier).format(utc(start)), host);
  }

  private static DateTimeFormatter format(Tier tier) {
    return switch (tier) {
      case SECONDS -> HOUR;
      case MINUTES -> DAY;
      case HOURS -> MONTH;
      case DAYS -> YEAR;
    };
  }

  /** Empty where the text is not such a key: a foreign file. */
  public static Optional<TierKey> parse(String text) {
    Matcher match = KEY.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    try {
      Tier tier = Tier.of(match.group(1)).orElseThrow();
      long start = start(tier, match.group(2)).toEpochSecond(ZoneOffset.UTC);
      return HostName.parse(match.group(3))
          .map(host -> new TierKey(tier, host, start))
          .filter(key -> key.text().equals(text));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static LocalDateTime start(Tier tier, String partition) {
    return switch (tier) {
      case SECONDS -> LocalDateTime.parse(partition, HOUR);
      case MINUTES -> LocalDate.parse(partition, DAY).atStartOfDay();
      case HOURS -> YearMonth.parse(partition, MONTH).atDay(1).atStartOfDay();
      case DAYS -> java.time.Year.parse(partition, YEAR).atDay(1).atStartOfDay();
    };
  }

  @Override
  public String toString() {
    return text();
  }
}
