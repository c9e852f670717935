package dev.fleetdash.telemetry;

import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * A number that only grows while the process runs. Safe for use by several threads.
 *
 * <p>The name is a Prometheus counter's without prefix and {@code _total}: {@code rows_dropped}.
 */
public final class Counter {
  private final String name;
  private final String help;
  private final Map<String, String> labels;
  private final LongAdder count = new LongAdder();

  Counter(String name, String help, Map<String, String> labels) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  public String name() {
    return name;
  }

  public String help() {
    return help;
  }

  public Map<String, String> labels() {
    return labels;
  }

  public void increment() {
    count.increment();
  }

  public void add(long more) {
    count.add(more);
  }

  public long count() {
    return count.sum();
  }
}
