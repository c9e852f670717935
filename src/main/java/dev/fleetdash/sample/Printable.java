package dev.fleetdash.sample;

/** Text for a terminal or a log that may hold names which others have chosen. */
public final class Printable {
  private static final int MOST = 2_000;

  private Printable() {}

  /** The text on one line, bounded, without what a terminal would obey. */
  public static String text(String text) {
    StringBuilder plain = new StringBuilder(Math.min(text.length(), MOST));
    text.codePoints().limit(MOST).forEach(c -> plain.appendCodePoint(obeyed(c) ? '\ufffd' : c));
    return plain.toString();
  }

  private static boolean obeyed(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
