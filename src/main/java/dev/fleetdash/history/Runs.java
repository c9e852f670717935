package dev.fleetdash.history;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Counts the rows of each run of a host, to tell how complete a range is. Where the host's clock
 * was set, which shows beside the uptime, the run counts as several. For one thread.
 */
final class Runs {
  /** From the start of the process to its first row, at most. */
  static final int START_SECONDS = 3;

  /** Of a host that starts again and again; of more than these nothing is told. */
  private static final int MOST = 500;

  /** A row's uptime may be read some seconds after its second began. */
  private static final int STEP_SECONDS = 15;

  /** Between what a host holds itself and what is read of it no more than that was set. */
  private static final int NEIGHBOURS_SECONDS = 600;

  private static final long UNKNOWN = Long.MIN_VALUE / 2;

  private final long from;
  private boolean tooMany;
  private final Map<Long, Run> runs = new HashMap<>();

  /**
   * @param from the first second of the range
   */
  Runs(long from) {
    this.from = from;
  }

  /** A process start. */
  private static final class Run {
    private final List<Stretch> stretches = new ArrayList<>();

    /** What the host itself has told, whose uptime is not known. */
    private final Stretch told = new Stretch(UNKNOWN);

    /** As they passed. What the host has told belongs to the last one, if it follows it. */
    List<Stretch> inOrder() {
      List<Stretch> all = new ArrayList<>(stretches);
      all.sort(Comparator.comparingLong(Stretch::uptime));
      if (told.rows > 0) {
        boolean follows = !all.isEmpty() && told.first - all.getLast().last <= NEIGHBOURS_SECONDS;
        all.add(follows ? all.removeLast().and(told) : told);
      }
      return all;
    }
  }

  /** A time of a run in which the clock was not set. */
  private static final class Stretch {
    private final long boot;
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;
    private long rows;
    private long previous = Long.MAX_VALUE;
    private long interval = Long.MAX_VALUE;

    /**
     * @param boot when the host had booted, by its clock
     */
    Stretch(long boot) {
      this.boot = boot;
    }

    /** Of the host at the first row. */
    long uptime() {
      return first - boot;
    }

    void note(long from, long to, long count) {
      first = Math.min(first, from);
      last = Math.max(last, to);
      rows += count;
    }

    Stretch and(Stretch next) {
      Stretch both = new Stretch(boot);
      both.note(first, last, rows);
      both.note(next.first, next.last, next.rows);
      both.interval = Math.min(interval, next.interval);
      return both;
    }
  }

  /**
   * Notes one row. Rows of a run come mostly in the order of their seconds: the interval is learnt
   * from neighbours.
   *
   * @param uptime scaled, or {@link Row#ABSENT}
   */
  void row(long run, long ts, long uptime) {
    Stretch of = stretch(run(run), ts, uptime);
    if (ts > of.previous) {
      of.interval = Math.min(of.interval, ts - of.previous);
    }
    of.previous = ts;
    of.note(ts, ts, 1);
  }

  /** Notes rows of a run whose interval is known, as its host tells them. */
  void rows(long run, long first, long last, long rows, long interval) {
    Stretch told = run(run).told;
    told.interval = interval;
    told.note(first, last, rows);
  }

  private Run run(long run) {
    return runs.size() == MOST && !runs.containsKey(run)
        ? tooMany()
        : runs.computeIfAbsent(run, _ -> new Run());
  }

  private Run tooMany() {
    tooMany = true;
    return new Run();
  }

  private Stretch stretch(Run run, long ts, long uptime) {
    if (uptime == Row.ABSENT) {
      return run.stretches.isEmpty() ? add(run, UNKNOWN) : run.stretches.getLast();
    }
    long boot = ts - (long) Metric.UPTIME_SECONDS.unscaled(uptime);
    for (Stretch of : run.stretches) {
      if (Math.abs(of.boot - boot) <= STEP_SECONDS) {
        return of;
      }
    }
    return add(run, boot);
  }

  private Stretch add(Run run, long boot) {
    tooMany |= run.stretches.size() == MOST;
    Stretch made = new Stretch(boot);
    if (!tooMany) {
      run.stretches.add(made);
    }
    return made;
  }

  /**
   * Rows held by ticks expected while the runs were up, 0 to 1; empty where no run was seen, or too
   * many were. A run was up from its start, which its name tells, to its last row.
   */
  OptionalDouble completeness() {
    long held = 0;
    long expected = 0;
    for (Map.Entry<Long, Run> run : runs.entrySet()) {
      List<Stretch> stretches = run.getValue().inOrder();
      for (Stretch of : stretches) {
        boolean begins = of == stretches.getFirst();
        long first = begins ? first(of, run.getKey() / 1000) : of.first;
        held += of.rows;
        expected += of.rows < 2 ? of.rows : Math.max(of.rows, (of.last - first) / of.interval + 1);
      }
    }
    return expected == 0 || tooMany
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) held / expected);
  }

  /** A run that by its name began before the host had booted began with another clock. */
  private long first(Stretch of, long named) {
    return named < of.boot ? of.first : Math.min(of.first, Math.max(from, named + START_SECONDS));
  }
}
