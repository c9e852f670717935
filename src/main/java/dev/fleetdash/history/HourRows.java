package dev.fleetdash.history;

import dev.fleetdash.archive.RowVisitor;
import dev.fleetdash.history.Buckets.Line;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wanted numbers of one host's UTC hour, gathered from any number of objects in any order, each
 * second once: of two rows with the same second that of the later run counts, and within a run the
 * later row. For one thread.
 */
final class HourRows implements RowVisitor {
  static final int SECONDS = 3600;

  private static final int HEAD_LONGS = 3;
  private static final int VALUE_LONGS = 2;

  /** 16 MiB: several times what an hour of everything takes. */
  private static final int MOST = 1 << 21;

  private final long hour;
  private final Map<Metric, Map<String, Integer>> numbers = new EnumMap<>(Metric.class);
  private final List<Series> series = new ArrayList<>();

  /** Where the row of a second is on the tape, plus 1. */
  private final int[] places = new int[SECONDS];

  private long[] tape = new long[1024];
  private int end;
  private int row = -1;
  private boolean full;

  private record Series(Metric metric, String key) {}

  /**
   * @param hour epoch seconds, a multiple of 3,600
   */
  HourRows(long hour) {
    this.hour = hour;
  }

  /** Rows of another hour have no business in an object of this one and are left out. */
  @Override
  public void row(long ts, long run, long uptime) {
    row = -1;
    int second = Math.clamp(ts - hour, -1, SECONDS);
    if (second < 0 || second == SECONDS || !wins(places[second] - 1, run, uptime)) {
      return;
    }
    if (room(HEAD_LONGS)) {
      row = end;
      places[second] = row + 1;
      tape[end++] = run;
      tape[end++] = uptime;
      tape[end++] = 0;
    }
  }

  private boolean wins(int held, long run, long uptime) {
    return held < 0 || (tape[held] != run ? run > tape[held] : uptime > tape[held + 1]);
  }

  @Override
  public void value(Metric metric, long scaled) {
    item(metric, "", scaled);
  }

  @Override
  public void item(Metric metric, String key, long scaled) {
    if (row >= 0 && room(VALUE_LONGS)) {
      tape[end++] =
          numbers
              .computeIfAbsent(metric, _ -> new HashMap<>())
              .computeIfAbsent(key, _ -> number(metric, key));
      tape[end++] = scaled;
      tape[row + 2]++;
    }
  }

  private int number(Metric metric, String key) {
    series.add(new Series(metric, key));
    return series.size() - 1;
  }

  private boolean room(int longs) {
    if (!full && end + longs > tape.length) {
      full = tape.length == MOST;
      tape = full ? tape : Arrays.copyOf(tape, tape.length * 2);
    }
    return !full;
  }

  /** Whether more came than is held; what came later is missing then. */
  boolean full() {
    return full;
  }

  /** Gives the rows of {@code [from, to)} to the buckets and notes them; answers how many. */
  long pour(long from, long to, Buckets buckets, Runs runs) {
    @Nullable Line[] sinks = new @Nullable Line[series.size()];
    long poured = 0;
    for (int second = (int) Math.max(0, from - hour);
        second < Math.min(SECONDS, to - hour);
        second++) {
      int place = places[second] - 1;
      if (place >= 0) {
        runs.row(tape[place], hour + second);
        pour(hour + second, place, buckets, sinks);
        poured++;
      }
    }
    return poured;
  }

  /** The second after the last row before {@code to}; 0 where there is none. */
  long end(long to) {
    for (int second = (int) Math.min(SECONDS, to - hour) - 1; second >= 0; second--) {
      if (places[second] > 0) {
        return hour + second + 1;
      }
    }
    return 0;
  }

  private void pour(long ts, int place, Buckets buckets, @Nullable Line[] sinks) {
    int at = place + HEAD_LONGS;
    for (long left = tape[place + 2]; left > 0; left--) {
      int number = (int) tape[at];
      long scaled = tape[at + 1];
      Line sink = sinks[number];
      if (sink == null) {
        Series of = series.get(number);
        sink = buckets.series(of.metric(), of.key());
        sinks[number] = sink;
      }
      sink.add(ts, scaled, scaled, scaled, 1);
      at += VALUE_LONGS;
    }
  }
}
