package dev.fleetdash.web;

/** Foreign text in messages. */
final class Text {
  private static final int BRIEF = 64;

  private Text() {}

  /** At most 64 characters of it, so that an answer stays small whatever was asked. */
  static String brief(String text) {
    return text.length() <= BRIEF ? text : text.substring(0, BRIEF) + "…";
  }
}
