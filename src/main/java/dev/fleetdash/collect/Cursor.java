package dev.fleetdash.collect;

import java.nio.charset.StandardCharsets;

/**
 * Walks through a text of the kernel's without making strings of it: numbers and words separated by
 * blanks, line by line. Not thread-safe.
 */
final class Cursor {
  private byte[] bytes;
  private int at;
  private int end;

  Cursor(byte[] bytes, int length) {
    this.bytes = bytes;
    this.end = length;
  }

  static Cursor of(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Cursor(bytes, bytes.length);
  }

  /** Starts over with other content. */
  void reset(byte[] content, int length) {
    bytes = content;
    at = 0;
    end = length;
  }

  boolean atEnd() {
    return at >= end;
  }

  /** Goes to the beginning of the next line; false where there is none. */
  boolean nextLine() {
    while (at < end && bytes[at] != '\n') {
      at++;
    }
    at++;
    return at < end;
  }

  /** Whether the text goes on with these ASCII characters. */
  boolean looksAt(String prefix) {
    if (end - at < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (bytes[at + i] != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Goes behind the prefix if the text goes on with it. */
  boolean skip(String prefix) {
    boolean found = looksAt(prefix);
    if (found) {
      at += prefix.length();
    }
    return found;
  }

  /** Goes behind the next words of this line. */
  Cursor skipWords(int words) {
    for (int i = 0; i < words; i++) {
      skipBlanks();
      while (at < end && bytes[at] > ' ') {
        at++;
      }
    }
    return this;
  }

  /** The next word of this line; empty at its end. */
  String word() {
    skipBlanks();
    int from = at;
    skipWords(1);
    return new String(bytes, from, at - from, StandardCharsets.UTF_8);
  }

  /** The text up to the next such character of this line, and goes behind it; empty where there is none. */
  String until(char separator) {
    skipBlanks();
    int from = at;
    while (at < end && bytes[at] != separator && bytes[at] != '\n') {
      at++;
    }
    if (at >= end || bytes[at] != separator) {
      at = from;
      return "";
    }
    return new String(bytes, from, at++ - from, StandardCharsets.UTF_8);
  }

  /** The text up to the last such character of this text, and goes behind it; empty where there is none. */
  String untilLast(char separator) {
    for (int i = end - 1; i >= at; i--) {
      if (bytes[i] == separator) {
        String text = new String(bytes, at, i - at, StandardCharsets.UTF_8);
        at = i + 1;
        return text;
      }
    }
    return "";
  }

  /** Goes behind the last such character of this line; false where there is none. */
  boolean skipBehindLast(char separator) {
    int found = -1;
    for (int i = at; i < end && bytes[i] != '\n'; i++) {
      if (bytes[i] == separator) {
        found = i;
      }
    }
    at = found < 0 ? at : found + 1;
    return found >= 0;
  }

  /** The next decimal number without sign, or {@link CounterDelta#UNKNOWN} where no digit follows. */
  long number() {
    skipBlanks();
    int from = at;
    long number = 0;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      number = number * 10 + (bytes[at++] - '0');
    }
    return at == from ? CounterDelta.UNKNOWN : number;
  }

  /** The next decimal number with an optional fraction, or NaN where no digit follows. */
  double decimal() {
    long whole = number();
    if (whole < 0) {
      return Double.NaN;
    }
    if (at >= end || bytes[at] != '.') {
      return whole;
    }
    int from = ++at;
    long fraction = Math.max(0, number());
    return whole + fraction / Math.pow(10, at - from);
  }

  private void skipBlanks() {
    while (at < end && (bytes[at] == ' ' || bytes[at] == '\t')) {
      at++;
    }
  }
}
