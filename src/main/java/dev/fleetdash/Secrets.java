package dev.fleetdash;

import java.util.regex.Pattern;

/** Keeps secrets off screens and out of logs. */
final class Secrets {
  static final String MASK = "***";

  private static final Pattern SECRET_NAME =
      Pattern.compile("KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL");
  private static final Pattern HARMLESS_NAME = Pattern.compile(".*_(FILE|URI)");
  private static final Pattern PROXY_NAME = Pattern.compile("(HTTP|HTTPS|ALL)_PROXY");

  /** An address of a proxy may be without its scheme. */
  private static final Pattern SCHEMELESS = Pattern.compile("^([a-z0-9]+://)?.*@");

  private static final Pattern USERINFO = Pattern.compile("(://)\\S*@");

  private Secrets() {}

  /** The value of that variable, as far as it may be shown. A path to a secret is not one. */
  static String masked(String name, String value) {
    boolean secret = SECRET_NAME.matcher(name).find() && !HARMLESS_NAME.matcher(name).matches();
    if (secret) {
      return MASK;
    }
    return PROXY_NAME.matcher(name).matches()
        ? SCHEMELESS.matcher(value).replaceFirst("$1" + MASK + "@")
        : masked(value);
  }

  /** The text without the user and password of any URL in it. */
  static String masked(String text) {
    return USERINFO.matcher(text).replaceAll("$1" + MASK + "@");
  }
}
