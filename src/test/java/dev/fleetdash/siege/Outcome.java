package dev.fleetdash.siege;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was measured of an attack.
 *
 * @param visitor of the page and a chart, asked by somebody else meanwhile
 * @param resident most memory in each round, MiB
 * @param lost seconds without a row while the machine was not slow
 * @param excused seconds without a row while it was
 * @param logged lines that the node printed
 * @param wrong what must not be, in words; no durations among them
 */
record Outcome(
    Setting setting,
    Attack attack,
    long questions,
    String answers,
    Watch.Latencies health,
    Watch.Latencies visitor,
    List<Double> resident,
    long lost,
    long excused,
    long logged,
    List<String> wrong) {
  static final double MOST_RESIDENT = 128;
  static final double LATE_MILLIS = 100;

  /** Heads of {@link #row}. */
  static final String HEAD =
      """
      | attack | questions | answers | `/health` p50 / p99 / max, ms | page and chart of others: p50 / p99, ms, refused | ticks lost | peak RSS in each round, MiB | log lines |
      |---|--:|---|--:|--:|--:|--:|--:|
      """;

  /** As a line of a table. */
  String row() {
    return "| %s | %,d | %s | %.1f / %.1f / %.0f | %.0f / %.0f, %d of %d | %d%s | %s | %d |%n"
        .formatted(
            attack.name(),
            questions,
            answers,
            health.percentile(0.5),
            health.percentile(0.99),
            health.percentile(1),
            visitor.percentile(0.5),
            visitor.percentile(0.99),
            visitor.refused(),
            visitor.answers(),
            lost,
            excused == 0 ? "" : " (and %d of the machine's)".formatted(excused),
            resident.stream().map("%.0f"::formatted).collect(Collectors.joining(", ")),
            logged);
  }

  /** What is slower or larger than it shall be, and is for a quiet machine to say. */
  List<String> budgets() {
    boolean late = health.percentile(0.99) >= LATE_MILLIS;
    boolean large = resident.stream().anyMatch(mebibytes -> mebibytes > MOST_RESIDENT);
    boolean grows = resident.size() > 1 && resident.getLast() > resident.getFirst();
    return Stream.of(
            late ? "/health p99 is over " + LATE_MILLIS + " ms" : "",
            large ? "RSS is over %.0f MiB".formatted(MOST_RESIDENT) : "",
            grows ? "RSS is higher in the last round than in the first" : "")
        .filter(text -> !text.isEmpty())
        .toList();
  }
}
