package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The text that a JSON string stands for. */
final class JsonText {
  private static final int HEX = 16;

  private JsonText() {}

  /** Decodes what is between the quotes. */
  static String decode(byte[] json, int start, int end) throws RowScanner.BadRow {
    String text = new String(json, start, end - start, UTF_8);
    int escape = text.indexOf('\\');
    if (escape < 0) {
      return text;
    }
    StringBuilder decoded = new StringBuilder(text.length());
    int copied = 0;
    for (; escape >= 0; escape = text.indexOf('\\', copied)) {
      decoded.append(text, copied, escape);
      char kind = text.charAt(escape + 1);
      copied = escape + (kind == 'u' ? 6 : 2);
      decoded.append(unescaped(kind, text, escape + 2));
    }
    return decoded.append(text, copied, text.length()).toString();
  }

  private static char unescaped(char kind, String text, int at) throws RowScanner.BadRow {
    return switch (kind) {
      case '"', '\\', '/' -> kind;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> hex(text, at);
      default -> throw RowScanner.broken();
    };
  }

  private static char hex(String text, int at) throws RowScanner.BadRow {
    if (at + 4 > text.length()) {
      throw RowScanner.broken();
    }
    int code = 0;
    for (int i = at; i < at + 4; i++) {
      int digit = Character.digit(text.charAt(i), HEX);
      if (digit < 0) {
        throw RowScanner.broken();
      }
      code = code * HEX + digit;
    }
    return (char) code;
  }
}
