package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.io.IOException;

/** Load averages; absent where the system keeps none. */
final class LoadCollector implements Collector {
  private final LoadSource source;

  LoadCollector(LoadSource source) {
    this.source = source;
  }

  @Override
  public String name() {
    return "load";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    LoadSource.Load now = source.read();
    return new Reading()
        .set(Metric.LOAD1, now.one())
        .set(Metric.LOAD5, now.five())
        .set(Metric.LOAD15, now.fifteen());
  }
}
