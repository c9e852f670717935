package dev.fleetdash.siege;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The long form of {@link SiegeIT}, in which durations count: {@code LongSiege SECONDS [NAME]…},
 * where a name is that of an attack or of a setting. Prints a table for each setting, and ends with
 * 1 where something was over its bound.
 */
final class LongSiege {
  private static final int ROUNDS = 3;
  private static final int FOREIGN = 100_000;
  private static final double SETTLED = 96;
  private static final Duration SETTLING = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofSeconds(5);

  private final Path directory;
  private final Duration round;
  private final Set<String> names;
  private final List<String> wrong = new ArrayList<>();

  private LongSiege(Path directory, Duration round, Set<String> names) {
    this.directory = directory;
    this.round = round;
    this.names = names;
  }

  private Map<Setting, List<Attack>> chosen() {
    Map<Setting, List<Attack>> chosen = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      boolean whole = names.isEmpty() || names.contains(setting.name().toLowerCase(Locale.ROOT));
      List<Attack> attacks =
          Attacks.in(setting, FOREIGN).stream()
              .filter(attack -> whole || names.contains(attack.name()))
              .toList();
      if (!attacks.isEmpty()) {
        chosen.put(setting, attacks);
      }
    }
    return chosen;
  }

  private void run() throws IOException, InterruptedException {
    for (var setting : chosen().entrySet()) {
      StringBuilder table = new StringBuilder();
      String settled = "";
      List<Attack> left = new ArrayList<>(setting.getValue());
      // A node that is dead is replaced, so that the other attacks are measured, too.
      while (!left.isEmpty()) {
        settled = endure(setting.getKey(), left, table);
      }
      System.out.printf(
          "%nOn %s:%n%n%s%s%n%s%n", setting.getKey().text(), Outcome.HEAD, table, settled);
    }
    System.out.println(wrong.isEmpty() ? "Nothing was over its bound." : "Over their bounds:\n");
    wrong.forEach(what -> System.out.println("- " + what));
  }

  private String endure(Setting setting, List<Attack> left, StringBuilder table)
      throws IOException, InterruptedException {
    Path own = Files.createTempDirectory(directory, setting.name().toLowerCase(Locale.ROOT));
    try (Siege siege = new Siege(own, setting, ROUNDS, round)) {
      while (!left.isEmpty() && siege.stands()) {
        try (Attack attack = left.removeFirst()) {
          System.err.printf("siege: %s, %s%n", setting.text(), attack.what());
          siege.prepare(attack);
          Outcome outcome = siege.endure(attack);
          table.append(outcome.row());
          System.err.print(outcome.row());
          note(outcome);
        }
      }
      if (!siege.stands()) {
        return "";
      }
      String settled = settle(siege);
      List<Long> missing = siege.wrongInTheArchive();
      if (!missing.isEmpty()) {
        wrong.add(setting.text() + ": not once in the archive: seconds " + missing);
      }
      return settled;
    }
  }

  private void note(Outcome outcome) {
    String where = outcome.setting().text() + ", " + outcome.attack().name() + ": ";
    outcome.wrong().forEach(what -> wrong.add(where + what));
    outcome.budgets().forEach(what -> wrong.add(where + what));
  }

  private static String settle(Siege siege) throws IOException {
    Vitals vitals = siege.node().vitals();
    long begun = System.nanoTime();
    while (vitals.residentMebibytes() >= SETTLED
        && System.nanoTime() - begun < SETTLING.toNanos()) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    return "RSS %d s after the last of these: %.0f MiB (shall be under %.0f within %d s)."
        .formatted(
            (System.nanoTime() - begun) / 1_000_000_000,
            vitals.residentMebibytes(),
            SETTLED,
            SETTLING.toSeconds());
  }

  /** Ends with 0 where nothing was over its bound. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Duration attack = Duration.ofSeconds(Long.parseLong(arguments[0]));
    Path directory = Files.createTempDirectory("siege");
    LongSiege siege =
        new LongSiege(
            directory,
            attack.dividedBy(ROUNDS),
            Arrays.stream(arguments).skip(1).collect(Collectors.toSet()));
    siege.run();
    Besieged.delete(directory);
    System.exit(siege.wrong.isEmpty() ? 0 : 1);
  }
}
