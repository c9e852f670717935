package dev.fleetdash.web;

import java.util.List;

/**
 * Numbers as people read them. An unknown number is a dash, never 0. The browser's {@code
 * format.js} does the same arithmetic, so that a number does not change its look when the first
 * live row arrives; one table of cases tests both.
 */
final class Figures {
  static final String ABSENT = "–";
  private static final String SPACE = "\u00a0";
  private static final List<String> BYTE_UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB");

  private Figures() {}

  static String percent(double ratio) {
    if (Double.isNaN(ratio)) {
      return ABSENT;
    }
    double percent = ratio * 100;
    return decimal(percent, Math.abs(percent) < 9.95 ? 1 : 0) + SPACE + "%";
  }

  static String bytes(double bytes) {
    if (Double.isNaN(bytes)) {
      return ABSENT;
    }
    double value = bytes;
    int unit = 0;
    while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.size() - 1) {
      value /= 1024;
      unit++;
    }
    return decimal(value, unit > 0 && Math.abs(value) < 99.95 ? 1 : 0)
        + SPACE
        + BYTE_UNITS.get(unit);
  }

  static String bytesPerSecond(double rate) {
    return Double.isNaN(rate) ? ABSENT : bytes(rate) + "/s";
  }

  static String perSecond(double rate) {
    if (Double.isNaN(rate)) {
      return ABSENT;
    }
    return (Math.abs(rate) < 99.95 ? decimal(rate, 1) : count(rate)) + "/s";
  }

  static String count(double number) {
    if (Double.isNaN(number)) {
      return ABSENT;
    }
    StringBuilder text = new StringBuilder(decimal(number, 0));
    int first = text.charAt(0) == '-' ? 1 : 0;
    for (int i = text.length() - 3; i > first; i -= 3) {
      text.insert(i, ',');
    }
    return text.toString();
  }

  static String load(double load) {
    return Double.isNaN(load) ? ABSENT : decimal(load, 2);
  }

  static String dollars(double dollars) {
    if (Double.isNaN(dollars)) {
      return ABSENT;
    }
    return dollars > 0 && dollars < 0.005 ? "less than $0.01" : "$" + decimal(dollars, 2);
  }

  /** As much as so many hosts wholly busy. */
  static String hosts(double number) {
    return Double.isNaN(number)
        ? ABSENT
        : decimal(number, Math.abs(number) < 99.95 ? 1 : 0) + SPACE + "hosts";
  }

  static String celsius(double degrees) {
    return Double.isNaN(degrees) ? ABSENT : decimal(degrees, 1) + SPACE + "°C";
  }

  /** The two largest units of a time span: {@code 3 d 4 h}. */
  static String duration(double seconds) {
    if (Double.isNaN(seconds)) {
      return ABSENT;
    }
    long whole = Math.max(0, (long) Math.floor(seconds));
    if (whole >= 86_400) {
      return whole / 86_400 + SPACE + "d " + whole % 86_400 / 3_600 + SPACE + "h";
    }
    if (whole >= 3_600) {
      return whole / 3_600 + SPACE + "h " + whole % 3_600 / 60 + SPACE + "min";
    }
    if (whole >= 60) {
      return whole / 60 + SPACE + "min " + whole % 60 + SPACE + "s";
    }
    return whole + SPACE + "s";
  }

  /** The largest unit of a time span alone: {@code 3 d}. */
  static String rough(double seconds) {
    String two = duration(seconds);
    int first = two.indexOf(' ');
    return first < 0 ? two : two.substring(0, first);
  }

  /** Half away from zero, without exponent or grouping. */
  static String decimal(double value, int digits) {
    long power = 1;
    for (int i = 0; i < digits; i++) {
      power *= 10;
    }
    long scaled = (long) Math.floor(Math.abs(value) * power + 0.5);
    String sign = value < 0 && scaled > 0 ? "-" : "";
    if (digits == 0) {
      return sign + scaled;
    }
    String fraction = Long.toString(scaled % power);
    return sign + scaled / power + "." + "0".repeat(digits - fraction.length()) + fraction;
  }
}
