package dev.fleetdash.history;

import dev.fleetdash.archive.RollupVisitor;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The wanted numbers of a rollup object, packed to some ten bytes each. Written by one thread as
 * the object is read, and then read by any number.
 */
final class RollupColumns implements RollupVisitor {
  /** As much as is remembered of one object. */
  static final int MOST_BYTES = 1 << 20;

  private static final int NUMBERS_A_VALUE = 5;
  private static final int SERIES_BYTES = 192;

  private final List<Series> series = new ArrayList<>();
  private final Map<Series, Integer> numbers = new HashMap<>();
  private byte[] data = new byte[1024];
  private int end;
  private boolean full;
  private long ts;
  private long count;

  private record Series(Metric metric, List<String> labels) {}

  @Override
  public void row(long of, long run, long rows) {
    if (!room()) {
      return;
    }
    // A value's series is never 0.
    write(0);
    write(of - ts);
    write(rows);
    ts = of;
    count = rows;
  }

  @Override
  public void value(Metric metric, long min, long max, long sum, long values) {
    item(metric, List.of(), min, max, sum, values);
  }

  @Override
  public void item(Metric metric, List<String> labels, long min, long max, long sum, long values) {
    if (!room()) {
      return;
    }
    write(numbers.computeIfAbsent(new Series(metric, labels), this::number));
    write(min);
    write(max - min);
    write(sum == Row.ABSENT ? Row.ABSENT : sum - min * values);
    write(count - values);
  }

  private int number(Series of) {
    series.add(of);
    return series.size();
  }

  private boolean room() {
    int need = end + PackedNumbers.LONGEST * NUMBERS_A_VALUE;
    full |= need + SERIES_BYTES * series.size() > MOST_BYTES;
    if (!full && need > data.length) {
      data = Arrays.copyOf(data, Math.min(MOST_BYTES, data.length * 2));
    }
    return !full;
  }

  private void write(long number) {
    end = PackedNumbers.write(data, end, number);
  }

  /** Whether more came than is held; it is worthless then. */
  boolean full() {
    return full;
  }

  /** Says that nothing more comes. */
  RollupColumns packed() {
    data = full ? new byte[0] : Arrays.copyOf(data, end);
    numbers.clear();
    return this;
  }

  /** Bytes in memory, roughly. */
  int bytes() {
    return 256 + data.length + SERIES_BYTES * series.size();
  }

  /** Tells the same again; the run is not kept. */
  void play(RollupVisitor visitor) {
    PackedNumbers in = new PackedNumbers(data, 0);
    long at = 0;
    long rows = 0;
    while (in.more()) {
      int number = (int) in.next();
      if (number == 0) {
        at += in.next();
        rows = in.next();
        visitor.row(at, 0, rows);
        continue;
      }
      long min = in.next();
      long max = min + in.next();
      long more = in.next();
      long values = rows - in.next();
      long sum = more == Row.ABSENT ? Row.ABSENT : more + min * values;
      Series of = series.get(number - 1);
      if (of.labels().isEmpty()) {
        visitor.value(of.metric(), min, max, sum, values);
      } else {
        visitor.item(of.metric(), of.labels(), min, max, sum, values);
      }
    }
  }
}
