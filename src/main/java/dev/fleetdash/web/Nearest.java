package dev.fleetdash.web;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody meant to type. */
final class Nearest {
  private Nearest() {}

  /** The name with the fewest edits from {@code typed}, if it is near enough to be a slip. */
  static Optional<String> to(String typed, Collection<String> names) {
    int limit = Math.max(2, typed.length() / 3);
    if (typed.length() > 80) {
      return Optional.empty();
    }
    return names.stream().filter(name -> distance(typed, name) <= limit).min(Comparator.comparingInt(name -> distance(typed, name)));
  }

  /** {@code "; did you mean 'x'?"}, or nothing. */
  static String hint(String typed, Collection<String> names) {
    return to(typed, names).map(name -> "; did you mean '" + name + "'?").orElse("");
  }

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
