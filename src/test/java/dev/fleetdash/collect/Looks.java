package dev.fleetdash.collect;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.io.IOException;

/** What a single collector puts into rows. */
final class Looks {
  private Looks() {}

  /** A row in which everything is due. */
  static Row row(Collector collector) throws IOException {
    return row(collector, 0);
  }

  static Row row(Collector collector, long ts) throws IOException {
    Row.Builder row = Row.at(ts, new HostName("h"), 1);
    collector.collect(new Due(ts, false, false)).copyTo(row);
    return row.build();
  }

  static void prime(Collector collector) throws IOException {
    collector.collect(new Due(0, true, true));
  }
}
