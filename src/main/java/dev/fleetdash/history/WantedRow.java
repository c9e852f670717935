package dev.fleetdash.history;

import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.List;

/** Of one archived row, what a query wants. For one thread. */
final class WantedRow {
  private final long ts;
  private final long run;
  private final long uptime;
  private final List<Value> values = new ArrayList<>();

  private record Value(Metric metric, String key, long scaled) {}

  WantedRow(long ts, long run, long uptime) {
    this.ts = ts;
    this.run = run;
    this.uptime = uptime;
  }

  void add(Metric metric, String key, long scaled) {
    values.add(new Value(metric, key, scaled));
  }

  long ts() {
    return ts;
  }

  long run() {
    return run;
  }

  /**
   * Whether this row counts, and not the other one with the same second: the later run does, and
   * within a run the later row.
   */
  boolean winsOver(WantedRow other) {
    return run != other.run ? run > other.run : uptime > other.uptime;
  }

  void pour(Buckets into) {
    for (Value value : values) {
      into.series(value.metric, value.key).add(ts, value.scaled, value.scaled, value.scaled, 1);
    }
  }
}
