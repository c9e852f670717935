package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.io.IOException;

/** Time since boot. Tells rows of one second apart after the clock went back, so it has a part of its own. */
final class UptimeCollector implements Collector {
  private final Source source;

  /** Where the seconds since boot are read from. */
  @FunctionalInterface
  interface Source {
    double seconds() throws IOException;
  }

  UptimeCollector(Source source) {
    this.source = source;
  }

  @Override
  public String name() {
    return "uptime";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    return new Reading().set(Metric.UPTIME_SECONDS, source.seconds());
  }
}
