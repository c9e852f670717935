package dev.fleetdash.telemetry;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;

/**
 * Where parts report, and where the pages and the exposition read. Safe for use by several threads.
 */
public final class Telemetry {
  private final InstantSource clock;
  private final Map<String, Part> parts = new ConcurrentSkipListMap<>();
  private final Map<String, Counter> counters = new ConcurrentSkipListMap<>();

  private final LongSupplier nanoTime;
  private final long madeNanos;
  private final ClockCheck clocks;

  public Telemetry(InstantSource clock) {
    this(clock, System::nanoTime);
  }

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public Telemetry(InstantSource clock, LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.madeNanos = nanoTime.getAsLong();
    this.clocks = new ClockCheck(this, clock, nanoTime);
  }

  /** What others' clocks say of this host's. */
  public ClockCheck clocks() {
    return clocks;
  }

  /** Since it was made, and so for how long it counts; no step of the clock changes it. */
  public Duration age() {
    return Duration.ofNanos(nanoTime.getAsLong() - madeNanos);
  }

  /** The part of that name, made on first use. */
  public Part part(String name) {
    return parts.computeIfAbsent(name, n -> new Part(n, clock));
  }

  /** The counter of that name without labels, made on first use. */
  public Counter counter(String name, String help) {
    return counter(name, help, Map.of());
  }

  /**
   * The counter of that name and those labels, made on first use. Counters of one name have the
   * same help and label names.
   */
  public Counter counter(String name, String help, Map<String, String> labels) {
    return counters.computeIfAbsent(
        name + labels, _ -> new Counter(name, help, Map.copyOf(labels)));
  }

  /** In order of their names. */
  public List<Part.State> parts() {
    return parts.values().stream().map(Part::state).toList();
  }

  /** What the part of that name last said, or empty if there is none. */
  public Optional<Part.State> state(String name) {
    return Optional.ofNullable(parts.get(name)).map(Part::state);
  }

  /** In order of their names. */
  public List<Counter> counters() {
    return List.copyOf(counters.values());
  }
}
