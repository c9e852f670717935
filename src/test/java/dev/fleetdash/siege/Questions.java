package dev.fleetdash.siege;

import dev.fleetdash.sample.Metric;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Attacks that ask, and read what they are told. */
record Questions(String name, String what, int clients, Duration pause, Supplier<String> paths)
    implements Attack {
  private static final Duration SHORT = Duration.ofMillis(10);

  /** Of hosts that nobody has heard of, other ones each time. */
  static Questions ofUnknownHosts() {
    return new Questions(
        "unknown-hosts",
        "8 clients ask for 4 days of 50 hosts that do not exist, other ones each time",
        8,
        SHORT,
        () -> "/api/history?hosts=%s&metrics=load1&from=-4d&points=60".formatted(madeUp(50, 12)));
  }

  /** As much as a question may ask for. */
  static Questions ofEverything() {
    String metrics =
        Metric.scalars().stream().limit(32).map(Metric::field).collect(Collectors.joining(","));
    String known = String.join(",", Neighbours.names());
    return new Questions(
        "everything",
        "16 clients ask for 32 metrics of 50 hosts, over 10 years, 7 days or 1 hour, made up or"
            + " known",
        16,
        SHORT,
        () ->
            "/api/history%s?hosts=%s&metrics=%s&from=-%s&points=60"
                .formatted(
                    one("", ".csv", ".ndjson"),
                    one(known, madeUp(50, 12)),
                    metrics,
                    one("3650d", "7d", "1h")));
  }

  /** What the page of the fleet asks. */
  static Questions ofTheFleetsPage() {
    String known = String.join(",", Neighbours.names());
    return new Questions(
        "fleet-page",
        "16 clients ask for charts of 24 h and of 4 days of 50 hosts, for pages and for the fleet",
        16,
        SHORT,
        () ->
            one(
                "/api/history?hosts=%s&metrics=cpu_utilization&from=-24h&points=200"
                    .formatted(known),
                "/api/history?hosts=%s&metrics=memory_used_bytes&from=-4d&points=200"
                    .formatted(known),
                "/api/fleet",
                "/api/events",
                "/hosts/neighbour-07",
                "/"));
  }

  /** What happened to all hosts, in ever other ranges. */
  static Questions ofWhatHappened() {
    return new Questions(
        "what-happened",
        "8 clients ask what happened to all hosts, in other ranges each time",
        8,
        SHORT,
        () -> "/api/events?from=-%dh&to=-%ds".formatted(144 + random(24), random(7_000)));
  }

  /** Of other metrics and hosts each time, so that nothing that is remembered serves. */
  static Questions ofPermutations() {
    List<String> metrics = Metric.scalars().stream().map(Metric::field).toList();
    return new Questions(
        "permutations",
        "16 clients ask each time for other hosts, metrics and bounds, of which no answer can be"
            + " remembered",
        16,
        SHORT,
        () ->
            "/api/history?hosts=%s&metrics=%s&from=-%ds&to=-%ds&points=%d"
                .formatted(
                    some(Neighbours.names(), 12),
                    some(metrics, 16),
                    4_000 + random(340_000),
                    random(3_000),
                    1 + random(500)));
  }

  private static int random(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  private static String one(String... of) {
    return of[random(of.length)];
  }

  private static String some(List<String> of, int count) {
    return Stream.generate(() -> of.get(random(of.size())))
        .distinct()
        .limit(count)
        .collect(Collectors.joining(","));
  }

  /** Names of hosts, with commas between. */
  static String madeUp(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(_ -> Long.toString(ThreadLocalRandom.current().nextLong(1L << 50, 1L << 60), 36))
        .map(name -> (name + "x".repeat(length)).substring(0, length))
        .collect(Collectors.joining(","));
  }

  @Override
  public void run(Besieged node, Tally tally, Until until) {
    new Askers(node.target(), tally)
        .attack(clients, () -> node.target().get(paths.get()), pause, until);
  }
}
