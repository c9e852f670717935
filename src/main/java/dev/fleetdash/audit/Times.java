package dev.fleetdash.audit;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/** Times as a report writes them, UTC. */
final class Times {
  private static final int DAY = 86_400;

  private Times() {}

  /** {@code 2026-11-23T10:15:00Z}, or the number where it is no time. */
  static String second(long ts) {
    try {
      return Instant.ofEpochSecond(ts).toString();
    } catch (DateTimeException _) {
      return Long.toString(ts);
    }
  }

  /** {@code 10:15:00}. */
  static String ofDay(long ts) {
    return second(ts).substring(11, 19);
  }

  static long start(LocalDate day) {
    return day.toEpochDay() * DAY;
  }

  /** {@code 2 h 5 min 1 s}. */
  static String length(long seconds) {
    StringBuilder text = new StringBuilder();
    append(text, seconds / 3_600, " h");
    append(text, seconds / 60 % 60, " min");
    append(text, seconds % 60, " s");
    return text.isEmpty() ? "0 s" : text.toString();
  }

  private static void append(StringBuilder text, long number, String unit) {
    if (number > 0) {
      text.append(text.isEmpty() ? "" : " ").append(number).append(unit);
    }
  }
}
