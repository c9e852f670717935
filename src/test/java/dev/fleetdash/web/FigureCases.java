package dev.fleetdash.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The table of figures that server and browser must both write. */
final class FigureCases {
  record Case(String function, double input, String expected) {}

  private FigureCases() {}

  static List<Case> all() {
    try (InputStream in = FigureCases.class.getResourceAsStream("figures.tsv")) {
      if (in == null) {
        throw new IllegalStateException("figures.tsv is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(FigureCases::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A no-break space is written as {@code _}. */
  private static Case parse(String line) {
    List<String> parts = List.of(line.split("\t", -1));
    return new Case(
        parts.get(0), Double.parseDouble(parts.get(1)), parts.get(2).replace('_', '\u00a0'));
  }
}
