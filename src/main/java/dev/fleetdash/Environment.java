package dev.fleetdash;

import dev.fleetdash.sample.Nearest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads settings from the environment and collects all that is wrong, to be told at once. An empty
 * variable counts as not set, because that is what an environment file leaves of a line without a
 * value. For one thread.
 */
final class Environment {
  private final Map<String, String> variables;
  private final List<String> problems = new ArrayList<>();
  private final Set<Setting<?>> bad = new HashSet<>();

  Environment(Map<String, String> variables) {
    this.variables = variables;
  }

  boolean isSet(Setting<?> setting) {
    return !variables.getOrDefault(setting.name(), "").isEmpty();
  }

  /** What is read for the setting. */
  String text(Setting<?> setting) {
    return isSet(setting) ? variables.getOrDefault(setting.name(), "") : setting.fallback();
  }

  /**
   * The setting's value; where that is bad, the problem is noted and the default goes on in its
   * place until {@link #check}.
   */
  <T> T value(Setting<T> setting) {
    String text = text(setting);
    try {
      if (!text.equals(text.strip())) {
        throw new IllegalArgumentException("'" + text + "' begins or ends with white space");
      }
      return setting.syntax().read(text);
    } catch (IllegalArgumentException e) {
      if (bad.add(setting)) {
        problems.add(
            setting.name()
                + ": "
                + Secrets.masked(String.valueOf(e.getMessage()))
                + setting.hint());
      }
      return setting.syntax().read(setting.fallback());
    }
  }

  /** Notes that two settings contradict each other, unless one of them was bad by itself. */
  void conflict(boolean wrong, Setting<?> one, Setting<?> other, String whyAndMend) {
    if (wrong && !bad.contains(one) && !bad.contains(other)) {
      problems.add("%s contradicts %s: %s".formatted(shown(one), shown(other), whyAndMend));
    }
  }

  private String shown(Setting<?> setting) {
    String how = isSet(setting) ? "" : " (its default)";
    return setting.name() + "=" + Secrets.masked(setting.name(), text(setting)) + how;
  }

  /** Notes a problem of a setting that is well written but cannot be. */
  void problem(boolean wrong, Setting<?> setting, String whyAndMend) {
    if (wrong && !bad.contains(setting)) {
      problems.add("%s: '%s' %s".formatted(setting.name(), text(setting), whyAndMend));
    }
  }

  /** Refuses variables that nothing reads, and whatever problem was noted. */
  void check() throws ConfigException {
    List<String> names = Settings.names();
    for (String name : new TreeSet<>(variables.keySet())) {
      boolean ours = name.regionMatches(true, 0, Settings.PREFIX, 0, Settings.PREFIX.length());
      if (ours && !names.contains(name)) {
        problems.add(name + ": there is no such variable" + meant(name, names));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private static String meant(String name, List<String> names) {
    String upper = name.toUpperCase(Locale.ROOT).substring(Settings.PREFIX.length());
    List<String> tails = names.stream().map(n -> n.substring(Settings.PREFIX.length())).toList();
    return Nearest.to(upper, tails)
        .map(tail -> "; did you mean " + Settings.PREFIX + tail + "?")
        .orElse("; unset it, or see --help for those there are");
  }
}
