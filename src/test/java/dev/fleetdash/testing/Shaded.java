package dev.fleetdash.testing;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jar that is shipped, started as a process of its own with the Java that runs the test. Only
 * for integration tests, which run when the jar is there.
 */
public final class Shaded {
  private Shaded() {}

  public static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  public static Path jar() {
    String jar = System.getProperty("fleetdash.jar");
    if (jar == null) {
      throw new IllegalStateException("fleetdash.jar is not set: run as an integration test");
    }
    return Path.of(jar);
  }

  /** Started as the unit starts it: with the shipped JVM flags; the caller reads and ends it. */
  public static ProcessBuilder command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                java().toString(),
                "@" + Path.of("systemd", "jvm.options"),
                "-jar",
                jar().toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(new File(System.getProperty("user.dir")));
  }
}
