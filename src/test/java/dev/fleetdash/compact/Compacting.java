package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Collection;

/** Compaction step by step, for tests of those who read what it writes. */
public final class Compacting {
  private final Compaction compaction;

  public Compacting(Archive archive, InstantSource clock) {
    this.compaction = new Compaction(archive, clock, new Telemetry(clock));
  }

  /**
   * Brings hours and their day's minutes up to date.
   *
   * @param hours first seconds, of one UTC day
   */
  public void hours(HostName host, Collection<Long> hours) throws IOException {
    compaction.hours(host, hours);
  }

  /** Brings the hours and the day of a UTC day up to date. */
  public void day(HostName host, long start) throws IOException {
    compaction.day(host, start);
  }
}
