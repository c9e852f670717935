package dev.fleetdash.siege;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.core.ConditionTimeoutException;

/** Attacks one node, one way after the other, and measures it meanwhile. */
final class Siege implements AutoCloseable {
  /** An attack may not have the node say more than that. */
  private static final int MOST_LINES = 20;

  private final Besieged node;
  private final int rounds;
  private final Duration round;
  private final Watch watch;
  private final Watch visitor;
  private final Weather weather;
  private final long since;

  /**
   * Starts the node.
   *
   * @param rounds of each attack, with the memory of each noted
   * @param round how long each is
   */
  Siege(Path directory, Setting setting, int rounds, Duration round) throws IOException {
    this.node = Besieged.start(directory, setting);
    this.rounds = rounds;
    this.round = round;
    this.watch = Watch.health(node.port());
    this.visitor = Watch.visitor(node.target(), Besieged.visitor());
    this.weather = new Weather(node.vitals());
    this.since = now();
  }

  private static long now() {
    return InstantSource.system().instant().getEpochSecond();
  }

  /** Attacks; answers what was measured, also where the node did not survive it. */
  Outcome endure(Attack attack) throws IOException, InterruptedException {
    long begun = now();
    int lines = node.log().size();
    Tally tally = new Tally();
    List<Double> resident = new ArrayList<>();
    List<String> wrong = new ArrayList<>();
    watch.take();
    visitor.take();
    for (int i = 0; i < rounds && node.running(); i++) {
      node.vitals().forgetPeak();
      attack.run(node, tally, Until.in(round));
      if (node.running()) {
        resident.add(node.vitals().peakMebibytes());
      }
    }
    long[] missing = missing(begun, wrong);
    long lost = LongStream.of(missing).filter(ts -> !weather.slow(ts)).count();
    Watch.Latencies health = watch.take();
    health.faults().forEach(fault -> wrong.add("/health: " + fault));
    tally.faults().forEach(fault -> wrong.add("a refusal is no sentence: " + fault));
    if (lost > 0) {
      wrong.add(lost + " seconds have no row");
    }
    List<String> log = node.log();
    if (log.size() - lines > MOST_LINES) {
      wrong.add("%d lines of log, such as %s".formatted(log.size() - lines, log.getLast()));
    }
    return new Outcome(
        node.setting(),
        attack,
        tally.questions(),
        tally.toString(),
        health,
        visitor.take(),
        List.copyOf(resident),
        lost,
        missing.length - lost,
        log.size() - lines,
        List.copyOf(wrong));
  }

  /** Puts what the attack needs where it needs it. */
  void prepare(Attack attack) throws IOException, InterruptedException {
    attack.prepare(node);
  }

  private long[] missing(long begun, List<String> wrong) {
    try {
      if (!node.running()) {
        throw new IOException("the process has ended");
      }
      if (node.counter("sampler_restarts") > 0) {
        wrong.add("the sampler was started anew");
      }
      return missing(node.rowsAfter(begun - 1));
    } catch (IOException | ConditionTimeoutException e) {
      wrong.add("it is dead: " + e);
      return new long[0];
    }
  }

  private static long[] missing(List<Long> rows) {
    return LongStream.rangeClosed(rows.getFirst(), rows.getLast())
        .filter(ts -> !rows.contains(ts))
        .toArray();
  }

  Besieged node() {
    return node;
  }

  /** Whether it can be attacked further. */
  boolean stands() {
    return node.running();
  }

  /**
   * Ends the node as systemd does, with its archive there again.
   *
   * @return seconds of the siege of which the archive has no row, or two, though the machine was
   *     not slow
   */
  List<Long> wrongInTheArchive() throws IOException, InterruptedException {
    watch.close();
    visitor.close();
    weather.close();
    long last = now() - 1;
    List<Long> rows = node.finish();
    return LongStream.rangeClosed(since + 1, last)
        .filter(ts -> rows.stream().filter(row -> row == ts).count() != 1 && !weather.slow(ts))
        .boxed()
        .toList();
  }

  @Override
  public void close() throws IOException {
    watch.close();
    visitor.close();
    weather.close();
    node.close();
  }
}
