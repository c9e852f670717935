package dev.fleetdash.history;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** Counts the rows of each run of a host, to tell how complete a range is. For one thread. */
final class Runs {
  /** From the start of the process to its first row, at most. */
  static final int START_SECONDS = 3;

  /** Of a host that starts again and again; of more than these nothing is told. */
  private static final int MOST = 500;

  private final long from;
  private boolean tooMany;
  private final Map<Long, Run> runs = new HashMap<>();

  /**
   * @param from the first second of the range
   */
  Runs(long from) {
    this.from = from;
  }

  private static final class Run {
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
    private long rows;
    private long previous = Long.MAX_VALUE;
    private long interval = Long.MAX_VALUE;
  }

  /**
   * Notes one row. Rows of a run come mostly in the order of their seconds: the interval is learnt
   * from neighbours.
   */
  void row(long run, long ts) {
    Run of = run(run);
    if (ts > of.previous) {
      of.interval = Math.min(of.interval, ts - of.previous);
    }
    of.previous = ts;
    note(of, ts, ts, 1);
  }

  /** Notes rows of a run whose interval is known. */
  void rows(long run, long first, long last, long rows, long interval) {
    Run of = run(run);
    of.interval = interval;
    note(of, first, last, rows);
  }

  private Run run(long run) {
    tooMany |= runs.size() == MOST && !runs.containsKey(run);
    return tooMany ? new Run() : runs.computeIfAbsent(run, _ -> new Run());
  }

  private static void note(Run of, long first, long last, long rows) {
    of.first = Math.min(of.first, first);
    of.last = Math.max(of.last, last);
    of.rows += rows;
  }

  /**
   * Rows held by ticks expected while the runs were up, 0 to 1; empty where no run was seen, or too
   * many were. A run was up from its start, which its name tells, to its last row.
   */
  OptionalDouble completeness() {
    long held = 0;
    long expected = 0;
    for (Map.Entry<Long, Run> entry : runs.entrySet()) {
      Run run = entry.getValue();
      long first = Math.min(run.first, Math.max(from, entry.getKey() / 1000 + START_SECONDS));
      held += run.rows;
      expected +=
          run.rows < 2 ? run.rows : Math.max(run.rows, (run.last - first) / run.interval + 1);
    }
    return expected == 0 || tooMany
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) held / expected);
  }
}
