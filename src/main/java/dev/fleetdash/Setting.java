package dev.fleetdash;

/**
 * One variable of the environment: what it is called, what it means and how it is read.
 *
 * @param fallback the text that is read where the variable is not set; may be empty
 * @param unset what holds where it is not set, for people, if the fallback does not say so itself
 * @param meaning one sentence without a full stop
 * @param example a value that can be copied; empty where the syntax's own message ends in one
 */
record Setting<T>(
    String name, String fallback, String unset, String meaning, String example, Syntax<T> syntax) {

  /** Reads a value. */
  @FunctionalInterface
  interface Syntax<T> {
    /**
     * Reads the text.
     *
     * @throws IllegalArgumentException with what is wrong, beginning with the text
     */
    T read(String text);
  }

  /** A setting whose fallback says all. */
  Setting(String name, String fallback, String meaning, String example, Syntax<T> syntax) {
    this(name, fallback, "", meaning, example, syntax);
  }

  /** The default as people are told of it. */
  String byDefault() {
    return unset.isEmpty() ? "`" + fallback + "`" : unset;
  }

  /** The end of a sentence on a bad value. */
  String hint() {
    return example.isEmpty() ? "" : "; for example " + name + "=" + example;
  }
}
