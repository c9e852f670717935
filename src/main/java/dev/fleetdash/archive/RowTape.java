package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Numbers of an object's rows as they were read, so that a visitor hears of them only once all of
 * them are known to be good. For one thread.
 */
final class RowTape {
  static final List<Metric> METRICS = List.of(Metric.values());
  private static final Map<Metric, Integer> NUMBERS = numbers();
  private static final long ROW = -1;
  private static final int ROW_LONGS = 4;
  private static final int KEY_SHIFT = 16;
  private static final int NO_KEY = 0;

  /** 2 MiB: an hour of as many metrics as a question has. */
  private static final int MOST = 1 << 18;

  /** Of items with other labels; each takes as much as a dozen numbers. */
  private static final int MOST_KEYS = 16_384;

  private final Map<List<String>, Integer> keyNumbers = new HashMap<>();
  private final List<List<String>> keys = new ArrayList<>();
  private long[] tape = new long[4096];
  private int end;
  private int row;
  private int item;
  private boolean full;

  private static Map<Metric, Integer> numbers() {
    Map<Metric, Integer> numbers = new EnumMap<>(Metric.class);
    METRICS.forEach(metric -> numbers.put(metric, numbers.size()));
    return numbers;
  }

  void clear() {
    end = 0;
    full = false;
    keys.clear();
    keyNumbers.clear();
  }

  /** Whether more was added than it can hold; it is worthless then. */
  boolean full() {
    return full;
  }

  void beginRow() {
    room(ROW_LONGS);
    row = end;
    tape[row] = ROW;
    tape[row + 3] = Row.ABSENT;
    end += ROW_LONGS;
  }

  void ts(long ts) {
    tape[row + 1] = ts;
  }

  void run(long run) {
    tape[row + 2] = run;
  }

  void uptime(long scaled) {
    tape[row + 3] = scaled;
  }

  void value(Metric metric, long scaled) {
    add(number(metric), scaled);
  }

  void beginItem() {
    item = end;
  }

  /** The item's labels follow, with {@link #endItem}. */
  void itemValue(Metric metric, long scaled) {
    add(number(metric), scaled);
  }

  void endItem(List<String> labels) {
    if (item == end || (keys.size() == MOST_KEYS && !keyNumbers.containsKey(labels))) {
      full |= item < end;
      end = item;
      return;
    }
    long number = keyNumbers.computeIfAbsent(labels, this::remember);
    for (int at = item; at < end; at += 2) {
      tape[at] |= number << KEY_SHIFT;
    }
  }

  /** Forgets the item: without a key it is nobody's. */
  void dropItem() {
    end = item;
  }

  void play(RowVisitor visitor) {
    boolean open = false;
    for (int at = 0; at < end; ) {
      if (tape[at] == ROW) {
        if (open) {
          visitor.endRow();
        }
        open = true;
        visitor.row(tape[at + 1], tape[at + 2], tape[at + 3]);
        at += ROW_LONGS;
        continue;
      }
      int key = (int) (tape[at] >>> KEY_SHIFT);
      Metric metric = METRICS.get((int) tape[at] & ((1 << KEY_SHIFT) - 1));
      if (key == NO_KEY) {
        visitor.value(metric, tape[at + 1]);
      } else {
        visitor.item(metric, keys.get(key - 1), tape[at + 1]);
      }
      at += 2;
    }
    if (open) {
      visitor.endRow();
    }
  }

  static int number(Metric metric) {
    return Objects.requireNonNull(NUMBERS.get(metric));
  }

  private int remember(List<String> labels) {
    keys.add(labels);
    return keys.size();
  }

  private void add(long what, long scaled) {
    room(2);
    tape[end++] = what;
    tape[end++] = scaled;
  }

  /** What comes when it is full replaces what came last. */
  private void room(int longs) {
    if (end + longs <= tape.length) {
      return;
    }
    if (tape.length < MOST) {
      tape = Arrays.copyOf(tape, tape.length * 2);
      return;
    }
    full = true;
    end -= longs;
  }
}
