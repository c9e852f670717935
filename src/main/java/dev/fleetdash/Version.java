package dev.fleetdash;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * Which build this is.
 *
 * @param number {@code development} where the classes do not come from the jar
 * @param commit empty where the sources were not in a repository
 */
record Version(String number, Optional<String> commit) {
  private static final String TITLE = "fleetdash";

  /** As the jar's manifest says. */
  static Version ofThisBuild() {
    try {
      for (URL url :
          Collections.list(Version.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
        try (InputStream in = url.openStream()) {
          Optional<Version> version = of(new Manifest(in).getMainAttributes());
          if (version.isPresent()) {
            return version.get();
          }
        }
      }
    } catch (IOException _) {
      // A jar that is being replaced; what it was does not matter enough to stop.
    }
    return new Version("development", Optional.empty());
  }

  /** Empty for the manifest of something else. */
  static Optional<Version> of(Attributes manifest) {
    if (!TITLE.equals(manifest.getValue(Attributes.Name.IMPLEMENTATION_TITLE))) {
      return Optional.empty();
    }
    String commit = manifest.getValue("Implementation-Commit");
    boolean known = commit != null && commit.matches("[0-9a-f]{7,40}");
    return Optional.of(
        new Version(
            manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION),
            known ? Optional.of(commit) : Optional.empty()));
  }

  /** {@code fleetdash 0.1.0 (0123456789ab) java 25.0.3 linux amd64}. */
  String line() {
    return "%s %s%s java %s %s %s"
        .formatted(
            TITLE,
            number,
            commit.map(id -> " (" + id + ")").orElse(""),
            System.getProperty("java.version"),
            System.getProperty("os.name").toLowerCase(Locale.ROOT),
            System.getProperty("os.arch"));
  }
}
