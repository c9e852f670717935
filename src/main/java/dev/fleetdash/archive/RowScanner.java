package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Steps through lines of JSON, byte by byte. A streaming JSON parser takes five times as long where
 * the JVM compiles with C1 only, and charts wait for this.
 *
 * <p>What is passed over is looked at only as far as it takes to find its end. For one thread.
 */
final class RowScanner {
  static final int LONGEST_LINE = 1 << 20;

  /** Nobody writes them, and gigabytes of them pack well. */
  private static final int MOST_BLANK = 10_000;

  private static final int CHUNK = 64 * 1024;
  private static final int DEEPEST = 8;
  private static final int SURE_DIGITS = 18;
  private static final int LONGEST_NUMBER = 64;

  /** Not a row. The message goes on from "row 7 ". */
  static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    BadRow(String message) {
      super(message);
    }
  }

  private final InputStream in;
  private byte[] buffer = new byte[CHUNK];
  private int at;

  /**
   * Behind the last newline: no line that begins before it goes beyond it, so a newline ends every
   * loop.
   */
  private int limit;

  private int filled;
  private int lineStart;
  private boolean ended;

  RowScanner(InputStream in) {
    this.in = in;
  }

  /** Goes to the next line that is not blank; false at the end. */
  boolean nextLine() throws IOException, BadRow {
    for (int blank = 0; blank < MOST_BLANK; blank++) {
      if (at == limit && !fill()) {
        return false;
      }
      lineStart = at;
      if (peek() != '\n') {
        return true;
      }
      at++;
    }
    throw new BadRow("comes behind more than " + MOST_BLANK + " blank lines");
  }

  /** The line as it is written, up to where it was read; its newline included if that was. */
  void copyLine(OutputStream out) throws IOException {
    out.write(buffer, lineStart, at - lineStart);
  }

  /** Two checksums of what {@link #copyLine} copies: against accident, not malice. */
  long linePrint() {
    CRC32 one = new CRC32();
    CRC32C two = new CRC32C();
    one.update(buffer, lineStart, at - lineStart);
    two.update(buffer, lineStart, at - lineStart);
    return one.getValue() << Integer.SIZE | two.getValue();
  }

  /** Steps over the rest of the line, whatever it is. */
  void passLine() {
    byte[] bytes = buffer;
    int i = at;
    while (bytes[i] != '\n') {
      i++;
    }
    at = i + 1;
  }

  /** Steps over the rest of an object, and its line with it; only that it ends is looked at. */
  void passObject() throws BadRow {
    passLine();
    int end = at - 2;
    while (end > lineStart && buffer[end] != '}' && buffer[end] <= ' ') {
      end--;
    }
    if (buffer[end] != '}') {
      throw broken();
    }
  }

  private boolean fill() throws IOException, BadRow {
    System.arraycopy(buffer, at, buffer, 0, filled - at);
    filled -= at;
    at = 0;
    limit = 0;
    int searched = 0;
    while (limit == 0 && !ended) {
      // One more, for a newline that the last line may lack.
      if (filled >= buffer.length - 1) {
        grow();
      }
      int n = in.read(buffer, filled, buffer.length - 1 - filled);
      if (n < 0) {
        end();
      } else {
        filled += n;
      }
      limit = lastNewline(searched) + 1;
      searched = filled;
    }
    return limit > 0;
  }

  private void grow() throws BadRow {
    if (buffer.length >= LONGEST_LINE) {
      throw new BadRow("is longer than " + LONGEST_LINE + " bytes");
    }
    buffer = Arrays.copyOf(buffer, buffer.length * 2);
  }

  /** A last line counts without its newline too. */
  private void end() {
    ended = true;
    if (filled > 0 && buffer[filled - 1] != '\n') {
      buffer[filled++] = '\n';
    }
  }

  private int lastNewline(int from) {
    for (int i = filled - 1; i >= from; i--) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** The byte that comes next, behind white space. */
  int peek() {
    byte next = buffer[at];
    while (next == ' ' || next == '\t' || next == '\r') {
      next = buffer[++at];
    }
    return next;
  }

  /** Steps over what comes next if it is that. */
  boolean take(char expected) {
    if (peek() != expected) {
      return false;
    }
    at++;
    return true;
  }

  void expect(char expected) throws BadRow {
    if (!take(expected)) {
      throw broken();
    }
  }

  static BadRow broken() {
    return new BadRow("is not JSON, or nested too deeply");
  }

  /** Steps over {@code text} if the bytes that come next, white space included, are that. */
  boolean takeExactly(byte[] text) {
    int end = at + text.length;
    if (end > limit || !Arrays.equals(buffer, at, end, text, 0, text.length)) {
      return false;
    }
    at = end;
    return true;
  }

  /** Steps over the rest of a string, its final quote included; answers where it began. */
  int passString() throws BadRow {
    int start = at;
    at = behindString(start);
    return start;
  }

  private int behindString(int start) throws BadRow {
    byte[] bytes = buffer;
    int i = start;
    for (byte next = bytes[i++]; next != '"'; next = bytes[i++]) {
      if (next == '\\' && bytes[i] != '\n') {
        i++;
      } else if (next == '\n') {
        throw broken();
      }
    }
    return i;
  }

  /** The rest of a string. */
  String string() throws BadRow {
    int start = passString();
    return JsonText.decode(buffer, start, at - 1);
  }

  /** The rest of a string as it is written, one char a byte. */
  String rawString() throws BadRow {
    int start = passString();
    return new String(buffer, start, at - 1 - start, ISO_8859_1);
  }

  /** Steps over any value. */
  void pass() throws BadRow {
    int next = peek();
    if (next == '"') {
      at++;
      passString();
    } else if (next == '{' || next == '[') {
      passNested();
    } else {
      passPlain();
    }
  }

  private void passPlain() throws BadRow {
    byte[] bytes = buffer;
    int start = at;
    int i = start;
    byte next = bytes[i];
    while ((next >= '-' && next <= '9' && next != '/')
        || (next >= 'a' && next <= 'z')
        || next == '+'
        || next == 'E') {
      next = bytes[++i];
    }
    at = i;
    byte first = bytes[start];
    if (first != '-' && (first < '0' || first > '9') && !literal(start)) {
      throw broken();
    }
  }

  private boolean literal(int start) {
    return switch (new String(buffer, start, at - start, ISO_8859_1)) {
      case "true", "false", "null" -> true;
      default -> false;
    };
  }

  private void passNested() throws BadRow {
    byte[] bytes = buffer;
    int i = at;
    long kinds = 1;
    int depth = 0;
    do {
      byte next = bytes[i++];
      switch (next) {
        case '"' -> i = behindString(i);
        case '{', '[' -> {
          if (++depth >= DEEPEST) {
            throw broken();
          }
          kinds = (kinds << 1) | (next == '{' ? 1 : 0);
        }
        case '}', ']' -> {
          if ((kinds & 1) != (next == '}' ? 1 : 0)) {
            throw broken();
          }
          kinds >>= 1;
          depth--;
        }
        case '\n' -> throw broken();
        default -> {
          // Numbers, literals and what is between.
        }
      }
    } while (depth > 0);
    at = i;
  }

  /**
   * The number that comes next, times 10 to the power of {@code digits}, or {@code none} where it
   * is no number in range.
   */
  long number(int digits, long none) throws BadRow {
    boolean negative = peek() == '-';
    byte[] bytes = buffer;
    int start = at;
    int first = negative ? start + 1 : start;
    int i = first;
    long value = 0;
    byte next = bytes[i];
    while (next >= '0' && next <= '9') {
      value = value * 10 + (next - '0');
      next = bytes[++i];
    }
    boolean plain = i > first && i - first <= SURE_DIGITS - digits;
    int missing = digits;
    if (next == '.') {
      next = bytes[++i];
      while (next >= '0' && next <= '9') {
        plain &= missing > 0 || next == '0';
        if (missing > 0) {
          value = value * 10 + (next - '0');
          missing--;
        }
        next = bytes[++i];
      }
    }
    if (!plain || (next != ',' && next != '}' && next != ']')) {
      return anyNumber(start, digits, none);
    }
    for (; missing > 0; missing--) {
      value *= 10;
    }
    at = i;
    return negative ? -value : value;
  }

  /** Exponents, more digits than are kept, and what is no number at all. */
  private long anyNumber(int start, int digits, long none) throws BadRow {
    pass();
    byte first = buffer[start];
    if ((first != '-' && (first < '0' || first > '9')) || at - start > LONGEST_NUMBER) {
      return none;
    }
    try {
      String text = new String(buffer, start, at - start, ISO_8859_1);
      if (text.indexOf('e') < 0 && text.indexOf('E') < 0) {
        return exact(new BigDecimal(text).movePointRight(digits), none);
      }
      double scaled = Double.parseDouble(text) * Math.powExact(10L, digits);
      return Math.abs(scaled) < 0x1p63 ? Math.round(scaled) : none;
    } catch (NumberFormatException _) {
      throw broken();
    }
  }

  /** Sums have more digits than a double keeps. */
  private static long exact(BigDecimal scaled, long none) {
    BigInteger rounded = scaled.setScale(0, RoundingMode.HALF_UP).toBigInteger();
    return rounded.bitLength() < Long.SIZE ? rounded.longValue() : none;
  }

  /** The whole number that comes next. */
  long whole(String field) throws BadRow {
    peek();
    int start = at;
    long value = number(0, Long.MIN_VALUE);
    for (int i = start; i < at; i++) {
      if (buffer[i] != '-' && (buffer[i] < '0' || buffer[i] > '9')) {
        value = Long.MIN_VALUE;
      }
    }
    if (value == Long.MIN_VALUE || at - start > SURE_DIGITS) {
      throw new BadRow("has a " + field + " that is not a whole number");
    }
    return value;
  }
}
