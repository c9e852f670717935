package dev.fleetdash.sample;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that somebody meant to type. */
public final class Nearest {
  private static final int LONGEST = 80;

  private Nearest() {}

  /** The name with the fewest edits from {@code typed}, if it is near enough to be a slip. */
  public static Optional<String> to(String typed, Collection<String> names) {
    if (typed.length() > LONGEST) {
      return Optional.empty();
    }
    int limit = Math.max(2, typed.length() / 3);
    return names.stream()
        .filter(name -> distance(typed, name) <= limit)
        .min(Comparator.comparingInt(name -> distance(typed, name)));
  }

  /** {@code "; did you mean 'x'?"}, or nothing. */
  public static String hint(String typed, Collection<String> names) {
    return to(typed, names).map(name -> "; did you mean '" + name + "'?").orElse("");
  }

  /**
   * Letters changed, added, left out, or swapped with their neighbour: the optimal string alignment
   * distance.
   */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        d[i][j] = i == 0 || j == 0 ? i + j : cheapest(d, a, b, i, j);
      }
    }
    return d[a.length()][b.length()];
  }

  private static int cheapest(int[][] d, String a, String b, int i, int j) {
    int changed = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
    int best = Math.min(changed, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(best, d[i - 2][j - 2] + 1) : best;
  }
}
