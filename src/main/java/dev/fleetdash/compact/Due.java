package dev.fleetdash.compact;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a host's time that has rows which the next tier does not have yet.
 *
 * @param period an hour whose raw rows are to be compacted, as its {@link Tier#SECONDS} object; or
 *     a day whose minutes are to be summed up, as its {@link Tier#MINUTES} object
 * @param generation grows each time that it becomes due again
 */
record Due(TierKey period, long generation) {
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH", Locale.ROOT);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT);
  private static final Pattern NAME = Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)(?:T(\\d\\d))?-(.+)");

  /** {@code 2026-11-23T10-web-1} for an hour, {@code 2026-11-23-web-1} for a day. */
  static String name(TierKey period) {
    LocalDateTime start = LocalDateTime.ofEpochSecond(period.start(), 0, ZoneOffset.UTC);
    DateTimeFormatter format = period.tier() == Tier.SECONDS ? HOUR : DAY;
    return format.format(start) + "-" + period.host();
  }

  /** Empty where the text is no such name. */
  static Optional<TierKey> period(String name) {
    Matcher match = NAME.matcher(name);
    if (!match.matches()) {
      return Optional.empty();
    }
    boolean hour = match.group(2) != null;
    try {
      long start =
          LocalDateTime.parse(match.group(1) + "T" + (hour ? match.group(2) : "00") + ":00:00")
              .toEpochSecond(ZoneOffset.UTC);
      return HostName.parse(match.group(3))
          .map(host -> new TierKey(hour ? Tier.SECONDS : Tier.MINUTES, host, start));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
