package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a rollup object holds, as it was read, so that a visitor hears of it only once all of it is
 * known to be good. For one thread.
 */
final class RollupTape implements RollupVisitor {
  private static final long ROW = -1;
  private static final int ROW_LONGS = 4;
  private static final int VALUE_LONGS = 5;
  private static final int LABELS_SHIFT = 16;

  /** 2 MiB: a day of minutes of as many metrics as a question has. */
  private static final int MOST = 1 << 18;

  /** Of items with other labels. */
  private static final int MOST_LABELS = 8_192;

  private final Map<List<String>, Integer> numbers = new HashMap<>();
  private final List<List<String>> labels = new ArrayList<>();
  private long[] tape = new long[4096];
  private int end;
  private boolean full;

  void clear() {
    end = 0;
    full = false;
    labels.clear();
    numbers.clear();
  }

  /** Whether more came than it can hold; it is worthless then. */
  boolean full() {
    return full;
  }

  @Override
  public void row(long ts, long run, long count) {
    if (room(ROW_LONGS)) {
      tape[end++] = ROW;
      tape[end++] = ts;
      tape[end++] = run;
      tape[end++] = count;
    }
  }

  @Override
  public void value(Metric metric, long min, long max, long sum, long count) {
    add(RowTape.number(metric), min, max, sum, count);
  }

  @Override
  public void item(Metric metric, List<String> of, long min, long max, long sum, long count) {
    full |= labels.size() == MOST_LABELS && !numbers.containsKey(of);
    if (full) {
      return;
    }
    long number = numbers.computeIfAbsent(of, this::remember);
    add(RowTape.number(metric) | number << LABELS_SHIFT, min, max, sum, count);
  }

  private int remember(List<String> of) {
    labels.add(of);
    return labels.size();
  }

  private void add(long what, long min, long max, long sum, long count) {
    if (room(VALUE_LONGS)) {
      tape[end++] = what;
      tape[end++] = min;
      tape[end++] = max;
      tape[end++] = sum;
      tape[end++] = count;
    }
  }

  private boolean room(int longs) {
    if (!full && end + longs > tape.length) {
      full = tape.length == MOST;
      tape = full ? tape : Arrays.copyOf(tape, tape.length * 2);
    }
    return !full;
  }

  void play(RollupVisitor visitor) {
    boolean open = false;
    for (int at = 0; at < end; ) {
      if (tape[at] == ROW) {
        if (open) {
          visitor.endRow();
        }
        open = true;
        visitor.row(tape[at + 1], tape[at + 2], tape[at + 3]);
        at += ROW_LONGS;
      } else {
        play(visitor, at);
        at += VALUE_LONGS;
      }
    }
    if (open) {
      visitor.endRow();
    }
  }

  private void play(RollupVisitor visitor, int at) {
    int number = (int) (tape[at] >>> LABELS_SHIFT);
    Metric metric = RowTape.METRICS.get((int) tape[at] & ((1 << LABELS_SHIFT) - 1));
    if (number == 0) {
      visitor.value(metric, tape[at + 1], tape[at + 2], tape[at + 3], tape[at + 4]);
    } else {
      visitor.item(
          metric, labels.get(number - 1), tape[at + 1], tape[at + 2], tape[at + 3], tape[at + 4]);
    }
  }
}
