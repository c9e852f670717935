package dev.fleetdash.ring;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * The newest rows of this host, packed into columns a UTC minute at a time and bounded in bytes:
 * when a minute is added, the oldest ones go. Labelled series have a third of the bytes, so that a
 * host with many disks keeps less time of those, and not less of everything.
 *
 * <p>One thread appends. Any number of threads read at the same time; each sees one consistent
 * state, and none ever keeps the writer waiting, because what is published is never changed.
 *
 * <p>Rows may arrive with a clock that was stepped back: of rows with an equal second the later one
 * counts.
 */
public final class Ring {
  private final long maxBytes;
  private final long maxLabelledBytes;
  private volatile State state = new State(new Chunk[0], new Open(), List.of(), 0, 0);

  /** Asks where to put the values of a series. */
  public interface Reader {
    /**
     * Where the values of this series go.
     *
     * @param key the item's key, empty for a scalar
     */
    Sink series(Metric metric, String key);
  }

  /** Takes values of one series. */
  public interface Sink {
    /**
     * Takes {@code count} values within one bucket, of which {@code ts} is a second; a single value
     * is its own minimum, maximum and sum.
     */
    void add(long ts, long min, long max, long sum, int count);
  }

  /**
   * Makes an empty ring.
   *
   * @param maxBytes of the packed minutes; the rows of the last one to two minutes come on top
   */
  public Ring(long maxBytes) {
    this.maxBytes = maxBytes;
    this.maxLabelledBytes = maxBytes / 3;
  }

  /** Adds the newest row. Called by one thread. */
  public void append(Row row) {
    if (!state.open.takes(row)) {
      state = state.sealed(maxBytes, maxLabelledBytes);
    }
    state.open.append(row);
  }

  /** The row of the last tick. */
  public Optional<Row> newest() {
    return newest(_ -> true, Integer.MAX_VALUE);
  }

  /** The items as they were last sampled, at most two cadences ago. */
  public List<Item> items(Family family) {
    return newest(row -> row.has(family), 2 * family.cadenceSeconds())
        .map(row -> row.items(family))
        .orElse(List.of());
  }

  /** The value as it was last sampled, at most two cadences ago. */
  public OptionalDouble value(Metric scalar) {
    Optional<Row> row = newest(r -> r.has(scalar), 2 * scalar.cadenceSeconds());
    return row.isPresent() ? OptionalDouble.of(row.get().value(scalar)) : OptionalDouble.empty();
  }

  /**
   * Rows after the second {@code ts}, oldest first, as far as they are still held one by one: the
   * last one to two minutes. Of rows from before the clock was put back there are none.
   */
  public List<Row> after(long ts) {
    State now = state;
    List<Row> held = new ArrayList<>(now.before);
    held.addAll(now.open.rows());
    List<Row> rows = new ArrayList<>();
    long next = Long.MAX_VALUE;
    for (Row row : held.reversed()) {
      if (row.ts() <= ts || row.ts() >= next) {
        break;
      }
      next = row.ts();
      rows.add(row);
    }
    return rows.reversed();
  }

  private Optional<Row> newest(Predicate<Row> wanted, int maxAgeSeconds) {
    State now = state;
    List<Row> open = now.open.rows();
    List<Row> newer = open.isEmpty() ? now.before : open;
    if (newer.isEmpty()) {
      return Optional.empty();
    }
    long oldest = newer.getLast().ts() - maxAgeSeconds;
    for (List<Row> rows : List.of(open, now.before)) {
      for (Row row : rows.reversed()) {
        if (row.ts() >= oldest && wanted.test(row)) {
          return Optional.of(row);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The first second from which on the ring holds every row of its host, or empty while it holds
   * none. Rows of before a step of the clock are read all the same, but not promised: before a step
   * forward lies a time of which an earlier run may have rows.
   */
  public OptionalLong start() {
    State now = state;
    List<Row> open = now.open.rows();
    long start = open.isEmpty() ? Long.MAX_VALUE : open.getFirst().ts();
    for (int i = now.chunks.length - 1; i >= 0 && follows(now.chunks[i].minute(), start); i--) {
      start = Math.min(start, now.chunks[i].first());
    }
    return start == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(start);
  }

  /** Whether what starts there comes next after a minute, or one more that was missed. */
  private static boolean follows(long minute, long start) {
    return minute <= start && (start == Long.MAX_VALUE || start - minute < 3 * Chunk.SECONDS);
  }

  /** How many distinct seconds of {@code [from, to)} have a row. */
  public long count(long from, long to) {
    State now = state;
    List<Row> open = now.open.rows();
    Map<Long, Long> taken = new HashMap<>();
    if (!open.isEmpty()) {
      taken.put(now.open.minute(), Chunk.mask(open));
    }
    for (Chunk chunk : now.chunks) {
      if (overlaps(chunk.minute(), from, to)) {
        taken.merge(chunk.minute(), chunk.present(), (a, b) -> a | b);
      }
    }
    long count = 0;
    for (Map.Entry<Long, Long> minute : taken.entrySet()) {
      count += Long.bitCount(minute.getValue() & window(minute.getKey(), from, to));
    }
    return count;
  }

  /**
   * Gives every value of the metrics in the seconds {@code [from, to)} to the reader, in no
   * particular order, no second twice. Minutes that lie whole in the range and in one bucket are
   * given as summaries.
   *
   * @param step seconds a bucket, whose starts are epoch multiples of it
   */
  public void read(List<Metric> metrics, long from, long to, int step, Reader reader) {
    State now = state;
    boolean summaries = step % Chunk.SECONDS == 0;
    Map<Long, Long> taken = new HashMap<>();
    List<Row> open = now.open.rows();
    if (!open.isEmpty()) {
      taken.put(now.open.minute(), Chunk.mask(open));
      readRows(open, metrics, from, to, reader);
    }
    for (int i = now.chunks.length - 1; i >= 0; i--) {
      Chunk chunk = now.chunks[i];
      if (!overlaps(chunk.minute(), from, to)) {
        continue;
      }
      long later = taken.getOrDefault(chunk.minute(), 0L);
      long wanted = chunk.present() & ~later & window(chunk.minute(), from, to);
      taken.put(chunk.minute(), later | chunk.present());
      if (wanted != 0) {
        chunk.read(metrics, wanted, summaries, reader);
      }
    }
  }

  private static void readRows(
      List<Row> rows, List<Metric> metrics, long from, long to, Reader reader) {
    for (Row row : rows) {
      if (row.ts() < from || row.ts() >= to) {
        continue;
      }
      for (Metric metric : metrics) {
        if (metric.scalar()) {
          give(row.ts(), metric, "", row.scaled(metric), reader);
        } else {
          for (Item item : row.items(metric.family().orElseThrow())) {
            give(row.ts(), metric, item.key(), item.scaled(metric), reader);
          }
        }
      }
    }
  }

  private static void give(long ts, Metric metric, String key, long scaled, Reader reader) {
    if (scaled != Row.ABSENT) {
      reader.series(metric, key).add(ts, scaled, scaled, scaled, 1);
    }
  }

  private static boolean overlaps(long minute, long from, long to) {
    return minute < to && minute + Chunk.SECONDS > from;
  }

  /** One bit for each second of the minute that lies in {@code [from, to)}. */
  private static long window(long minute, long from, long to) {
    long first = Math.clamp(from - minute, 0, Chunk.SECONDS);
    long end = Math.clamp(to - minute, 0, Chunk.SECONDS);
    return first >= end ? 0 : (1L << end) - (1L << first);
  }

  /** Bytes of the packed minutes. */
  public long bytes() {
    return state.bytes;
  }

  /**
   * What readers see.
   *
   * @param chunks oldest first, in the order of arrival
   * @param before the rows of the last chunk
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record State(
      Chunk[] chunks, Open open, List<Row> before, long bytes, long labelledBytes) {

    /**
     * The state with the open minute packed and a new one begun, without what is over the bounds.
     */
    State sealed(long maxBytes, long maxLabelledBytes) {
      List<Row> rows = open.rows();
      Chunk newest = Chunk.of(rows, chunks.length == 0 ? null : chunks[chunks.length - 1]);
      Chunk[] all = Arrays.copyOf(chunks, chunks.length + 1);
      all[chunks.length] = newest;
      long labelled = labelledBytes + newest.labelledBytes();
      long total = bytes + newest.bytes();
      for (int i = 0; i < all.length && labelled > maxLabelledBytes; i++) {
        labelled -= all[i].labelledBytes();
        total -= all[i].labelledBytes();
        all[i] = all[i].scalarsOnly();
      }
      int gone = 0;
      while (total > maxBytes && gone < all.length) {
        labelled -= all[gone].labelledBytes();
        total -= all[gone].bytes();
        gone++;
      }
      return new State(
          Arrays.copyOfRange(all, gone, all.length), new Open(), rows, total, labelled);
    }
  }

  /**
   * The rows of the minute that is being filled. A row is visible to readers once the size says so.
   */
  private static final class Open {
    private final Row[] rows = new Row[Chunk.SECONDS];
    private volatile int size;

    /** Whether the row belongs into this minute and comes after all that are here. */
    boolean takes(Row row) {
      int held = size;
      return held == 0 || (Chunk.minuteOf(row.ts()) == minute() && row.ts() > rows[held - 1].ts());
    }

    void append(Row row) {
      int held = size;
      rows[held] = row;
      size = held + 1;
    }

    long minute() {
      return Chunk.minuteOf(rows[0].ts());
    }

    List<Row> rows() {
      return Collections.unmodifiableList(Arrays.asList(rows).subList(0, size));
    }
  }
}
