package dev.fleetdash;

/**
 * Where the jar starts. Compiled for Java 8, so that a Java too old for the rest can say so in one
 * line.
 */
public final class Launcher {
  private static final int REQUIRED = 25;

  private Launcher() {}

  public static void main(String[] args) {
    String version = System.getProperty("java.specification.version");
    if (majorOf(version) < REQUIRED) {
      System.err.println(refusal(version, System.getProperty("java.home")));
      System.exit(1);
    }
    Main.main(args);
  }

  /** Java 8 calls itself 1.8. */
  static int majorOf(String version) {
    return version.startsWith("1.") ? 8 : Integer.parseInt(version);
  }

  static String refusal(String version, String home) {
    return "fleetdash needs Java 25 or newer; this is Java "
        + version
        + " ("
        + home
        + "). Install a JDK 25 and start the jar with its java.";
  }
}
