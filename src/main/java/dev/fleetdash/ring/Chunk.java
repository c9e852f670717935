package dev.fleetdash.ring;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of one UTC minute as packed columns. Immutable. */
final class Chunk {
  static final int SECONDS = 60;

  /** Headers of the objects and the arrays of a chunk, roughly. */
  private static final int OVERHEAD_BYTES = 160;

  /** Flags, mask, minimum, maximum, sum and 60 values, each varint at its longest. */
  private static final int LONGEST_COLUMN_BYTES = 1 + 8 + 3 * 10 + SECONDS * 10;

  private final long minute;
  private final long present;
  private final Packed scalars;
  private final @Nullable Packed labelled;

  private Chunk(long minute, long present, Packed scalars, @Nullable Packed labelled) {
    this.minute = minute;
    this.present = present;
    this.scalars = scalars;
    this.labelled = labelled;
  }

  /**
   * Packs rows of one minute, strictly increasing in time.
   *
   * @param before lends its list of series where it is the same, which it nearly always is
   */
  static Chunk of(List<Row> rows, @Nullable Chunk before) {
    long minute = minuteOf(rows.getFirst().ts());
    long present = mask(rows);
    Map<Series, Values> labelled = labelled(rows, minute);
    Map<Series, Values> scalars = new LinkedHashMap<>();
    for (Metric metric : Metric.scalars()) {
      Values values = new Values();
      for (Row row : rows) {
        values.put((int) (row.ts() - minute), row.scaled(metric));
      }
      scalars.put(new Series(metric, ""), values);
    }
    return new Chunk(
        minute,
        present,
        Packed.of(scalars, present, before == null ? null : before.scalars),
        labelled.isEmpty()
            ? null
            : Packed.of(labelled, present, before == null ? null : before.labelled));
  }

  static long minuteOf(long ts) {
    return Math.floorDiv(ts, SECONDS) * SECONDS;
  }

  /** One bit for each second of the minute that has a row. */
  static long mask(List<Row> rows) {
    long mask = 0;
    for (Row row : rows) {
      mask |= 1L << Math.floorMod(row.ts(), SECONDS);
    }
    return mask;
  }

  private static Map<Series, Values> labelled(List<Row> rows, long minute) {
    Map<Series, Values> found = new LinkedHashMap<>();
    for (Row row : rows) {
      for (Family family : Family.values()) {
        if (!family.charted()) {
          continue;
        }
        for (Item item : row.items(family)) {
          for (Metric metric : family.metrics()) {
            found
                .computeIfAbsent(new Series(metric, item.key()), _ -> new Values())
                .put((int) (row.ts() - minute), item.scaled(metric));
          }
        }
      }
    }
    found.values().removeIf(values -> values.mask == 0);
    return found;
  }

  /** The chunk without its labelled series. */
  Chunk scalarsOnly() {
    return new Chunk(minute, present, scalars, null);
  }

  long minute() {
    return minute;
  }

  long present() {
    return present;
  }

  long first() {
    return minute + Long.numberOfTrailingZeros(present);
  }

  int bytes() {
    return OVERHEAD_BYTES + scalars.bytes() + labelledBytes();
  }

  int labelledBytes() {
    return labelled == null ? 0 : labelled.bytes();
  }

  /**
   * Gives the wanted metrics' values in the seconds of {@code wanted} to the reader.
   *
   * @param whole whether a summary of the minute will do where all of it is wanted
   */
  void read(List<Metric> metrics, long wanted, boolean whole, Ring.Reader reader) {
    for (Metric metric : metrics) {
      Packed packed = metric.scalar() ? scalars : labelled;
      if (packed != null) {
        packed.read(metric, minute, present, wanted, whole && wanted == present, reader);
      }
    }
  }

  /** One series' numbers before they are packed. */
  private static final class Values {
    private final long[] values = new long[SECONDS];
    private long mask;

    void put(int second, long scaled) {
      if (scaled != Row.ABSENT) {
        values[second] = scaled;
        mask |= 1L << second;
      }
    }
  }

  /**
   * Columns one after the other; column {@code i} ends at {@code ends[i]} and is empty where the
   * series has no value.
   */
  private static final class Packed {
    private final Series[] series;
    private final int[] ends;
    private final byte[] data;

    private Packed(Series[] series, int[] ends, byte[] data) {
      this.series = series;
      this.ends = ends;
      this.data = data;
    }

    static Packed of(Map<Series, Values> columns, long present, @Nullable Packed before) {
      ByteBuffer out = ByteBuffer.allocate(columns.size() * LONGEST_COLUMN_BYTES);
      int[] ends = new int[columns.size()];
      int column = 0;
      for (Values values : columns.values()) {
        if (values.mask != 0) {
          Column.write(out, present, values.mask, values.values);
        }
        ends[column++] = out.position();
      }
      Series[] series = columns.keySet().toArray(Series[]::new);
      return new Packed(
          before != null && Arrays.equals(before.series, series) ? before.series : series,
          ends,
          Arrays.copyOf(out.array(), out.position()));
    }

    int bytes() {
      return data.length + Integer.BYTES * ends.length;
    }

    void read(
        Metric metric,
        long minute,
        long present,
        long wanted,
        boolean summary,
        Ring.Reader reader) {
      if (metric.scalar()) {
        column(metric.column(), minute, present, wanted, summary, reader);
        return;
      }
      for (int i = 0; i < series.length; i++) {
        if (series[i].metric() == metric) {
          column(i, minute, present, wanted, summary, reader);
        }
      }
    }

    private void column(
        int i, long minute, long present, long wanted, boolean summary, Ring.Reader reader) {
      int start = i == 0 ? 0 : ends[i - 1];
      if (ends[i] == start) {
        return;
      }
      ByteBuffer in = ByteBuffer.wrap(data, start, ends[i] - start);
      Ring.Sink sink = reader.series(metric(i), series[i].key());
      if (summary) {
        Column.summary(in, minute, present, sink);
      } else {
        Column.values(in, minute, present, wanted, sink);
      }
    }

    private Metric metric(int i) {
      return series[i].metric();
    }
  }
}
