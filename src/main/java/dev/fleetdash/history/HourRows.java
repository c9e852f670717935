package dev.fleetdash.history;

import dev.fleetdash.archive.RowVisitor;
import dev.fleetdash.history.Buckets.Line;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wanted numbers of one host's UTC hour, gathered from any number of objects in any order, each
 * second once: of two rows with the same second that of the later run counts, and within a run the
 * later row. Packed to some five bytes each, and bounded. For one thread.
 */
final class HourRows implements RowVisitor {
  static final int SECONDS = 3600;

  private static final int FIRST_BYTES = 4 << 10;

  /** Of the seconds' places, and of a series' name and number, roughly. */
  private static final int PLACES_BYTES = 4 * SECONDS;

  private static final int SERIES_BYTES = 256;

  /** Behind a row's last number. A series' number is never 0. */
  private static final int END = 0;

  private final long hour;
  private final long from;
  private final long to;
  private final int most;
  private final Map<Metric, Map<String, Integer>> numbers = new EnumMap<>(Metric.class);
  private final List<Series> series = new ArrayList<>();

  /** Where the row of a second is on the tape, plus 1; nothing until there is a row. */
  private int[] places = {};

  private byte[] tape = {};
  private int end;
  private boolean open;
  private boolean full;

  private record Series(Metric metric, String key) {}

  /**
   * Takes the rows of {@code [from, to)}.
   *
   * @param hour epoch seconds, a multiple of 3,600
   * @param most bytes of memory
   */
  HourRows(long hour, long from, long to, int most) {
    this.hour = hour;
    this.from = Math.max(hour, from);
    this.to = Math.min(hour + SECONDS, to);
    this.most = most;
  }

  /** What an hour of these takes at most, bytes, where families have a few items. */
  static int expected(Collection<Metric> metrics) {
    return Math.min(64 + 24 * metrics.size(), 1 << 10) << 10;
  }

  /** Rows of another hour have no business in an object of this one and are left out. */
  @Override
  public void row(long ts, long run, long uptime) {
    endRow();
    if (ts < from || ts >= to) {
      return;
    }
    if (places.length == 0) {
      places = new int[SECONDS];
    }
    int second = (int) (ts - hour);
    if (wins(places[second] - 1, run, uptime) && room(2 * PackedNumbers.LONGEST)) {
      places[second] = end + 1;
      write(run);
      write(uptime);
      open = true;
    }
  }

  private boolean wins(int held, long run, long uptime) {
    if (held < 0) {
      return true;
    }
    PackedNumbers row = new PackedNumbers(tape, held);
    long heldRun = row.next();
    return heldRun != run ? run > heldRun : uptime > row.next();
  }

  @Override
  public void value(Metric metric, long scaled) {
    item(metric, "", scaled);
  }

  @Override
  public void item(Metric metric, String key, long scaled) {
    if (open && room(2 * PackedNumbers.LONGEST)) {
      write(
          numbers
              .computeIfAbsent(metric, _ -> new HashMap<>())
              .computeIfAbsent(key, _ -> number(metric, key)));
      write(scaled);
    }
  }

  @Override
  public void endRow() {
    if (open) {
      // There is room: each number leaves some.
      tape[end++] = END;
      open = false;
    }
  }

  private int number(Metric metric, String key) {
    series.add(new Series(metric, key));
    return series.size();
  }

  /** For so many bytes and the end of the row. */
  private boolean room(int bytes) {
    int may = most - PLACES_BYTES - SERIES_BYTES * series.size();
    full |= end + bytes >= may;
    if (!full && end + bytes >= tape.length) {
      tape = Arrays.copyOf(tape, Math.min(may, Math.max(FIRST_BYTES, 2 * tape.length)));
    }
    return !full;
  }

  /** Whether more came than is held; what came later is missing then. */
  boolean full() {
    return full;
  }

  /** Gives the rows to the buckets and notes them; answers how many. */
  long pour(Buckets buckets, Runs runs) {
    endRow();
    @Nullable Line[] sinks = new @Nullable Line[series.size()];
    long poured = 0;
    for (int second = 0; second < places.length; second++) {
      if (places[second] > 0) {
        PackedNumbers row = new PackedNumbers(tape, places[second] - 1);
        runs.row(row.next(), hour + second, row.next());
        pour(hour + second, row, buckets, sinks);
        poured++;
      }
    }
    return poured;
  }

  /** The second after the last row; 0 where there is none. */
  long end() {
    for (int second = places.length - 1; second >= 0; second--) {
      if (places[second] > 0) {
        return hour + second + 1;
      }
    }
    return 0;
  }

  private void pour(long ts, PackedNumbers row, Buckets buckets, @Nullable Line[] sinks) {
    for (int number = (int) row.next(); number != END; number = (int) row.next()) {
      Line sink = sinks[number - 1];
      if (sink == null) {
        Series of = series.get(number - 1);
        sink = buckets.series(of.metric(), of.key());
        sinks[number - 1] = sink;
      }
      long scaled = row.next();
      sink.add(ts, scaled, scaled, scaled, 1);
    }
  }

  private void write(long number) {
    end = PackedNumbers.write(tape, end, number);
  }
}
