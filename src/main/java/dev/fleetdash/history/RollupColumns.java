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
  private static final int LONGEST_NUMBER = 10;
  private static final int NUMBERS_A_VALUE = 5;

  private final List<Series> series = new ArrayList<>();
  private final Map<Series, Integer> numbers = new HashMap<>();
  private byte[] data = new byte[1024];
  private int end;
  private long ts;
  private long count;

  private record Series(Metric metric, List<String> labels) {}

  @Override
  public void row(long of, long run, long rows) {
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

  /** Says that nothing more comes. */
  RollupColumns packed() {
    data = Arrays.copyOf(data, end);
    numbers.clear();
    return this;
  }

  /** Bytes in memory, roughly. */
  int bytes() {
    return 256 + data.length + 128 * series.size();
  }

  /** Tells the same again; the run is not kept. */
  void play(RollupVisitor visitor) {
    Cursor in = new Cursor(data);
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

  /** Zigzag, then seven bits a byte, the lowest first. */
  private void write(long number) {
    if (end + LONGEST_NUMBER * NUMBERS_A_VALUE > data.length) {
      data = Arrays.copyOf(data, data.length * 2);
    }
    long left = (number << 1) ^ (number >> 63);
    while ((left & ~0x7fL) != 0) {
      data[end++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    data[end++] = (byte) left;
  }

  private static final class Cursor {
    private final byte[] data;
    private int at;

    Cursor(byte[] data) {
      this.data = data;
    }

    boolean more() {
      return at < data.length;
    }

    long next() {
      long value = 0;
      int shift = 0;
      byte next = data[at++];
      while (next < 0) {
        value |= (next & 0x7fL) << shift;
        shift += 7;
        next = data[at++];
      }
      value |= (long) next << shift;
      return (value >>> 1) ^ -(value & 1);
    }
  }
}
