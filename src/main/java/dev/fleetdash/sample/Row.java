package dev.fleetdash.sample;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about one host at one tick. Immutable, and the unit in which samples travel: to
 * the ring, to the spool, to whoever watches.
 *
 * <p>What could not be read is absent, which is not the same as zero.
 */
public final class Row {
  /** Stands for an unknown number among scaled values. */
  public static final long ABSENT = Long.MIN_VALUE;

  private final long ts;
  private final HostName host;
  private final long run;
  private final long[] scalars;
  private final Map<Family, List<Item>> items;
  private volatile byte @Nullable [] json;

  private Row(long ts, HostName host, long run, long[] scalars, Map<Family, List<Item>> items) {
    this.ts = ts;
    this.host = host;
    this.run = run;
    this.scalars = scalars;
    this.items = items;
  }

  /**
   * Starts a row in which nothing is known.
   *
   * @param ts the tick's wall second, epoch seconds
   * @param run the process start that samples it; grows with every start on a host
   */
  public static Builder at(long ts, HostName host, long run) {
    return new Builder(ts, host, run);
  }

  public long ts() {
    return ts;
  }

  public HostName host() {
    return host;
  }

  public long run() {
    return run;
  }

  /** The scaled value of a scalar metric, or {@link #ABSENT}. */
  public long scaled(Metric scalar) {
    return scalars[scalar.column()];
  }

  public boolean has(Metric scalar) {
    return scaled(scalar) != ABSENT;
  }

  /** In the metric's unit; NaN where unknown. */
  public double value(Metric scalar) {
    long scaled = scaled(scalar);
    return scaled == ABSENT ? Double.NaN : scalar.unscaled(scaled);
  }

  /** Whether the family was sampled in this tick; a host can have no item of a family that was. */
  public boolean has(Family family) {
    return items.containsKey(family);
  }

  /** Empty also where the family was not sampled. */
  public List<Item> items(Family family) {
    return items.getOrDefault(family, List.of());
  }

  /**
   * The row as the archive, the API and the stream show it: one JSON object in UTF-8, without a
   * newline. Encoded once; the array is shared and not to be changed.
   */
  public byte[] json() {
    byte[] encoded = json;
    if (encoded == null) {
      encoded = RowEncoder.encode(this);
      json = encoded;
    }
    return encoded;
  }

  /** Collects a row; a NaN stays unknown. */
  public static final class Builder {
    private final long ts;
    private final HostName host;
    private final long run;
    private final long[] scalars = new long[Metric.scalars().size()];
    private final Map<Family, List<Item>> items = new EnumMap<>(Family.class);
    private byte @Nullable [] encoded;

    private Builder(long ts, HostName host, long run) {
      this.ts = ts;
      this.host = host;
      this.run = run;
      Arrays.fill(scalars, ABSENT);
    }

    /** Sets a scalar metric from a value in its unit. */
    public Builder set(Metric scalar, double value) {
      scalars[scalar.column()] = Double.isFinite(value) ? scalar.scaled(value) : ABSENT;
      return this;
    }

    /** Sets a scalar metric from a whole value in its unit. */
    public Builder set(Metric scalar, long value) {
      scalars[scalar.column()] = Math.multiplyExact(value, scalar.unit().scale());
      return this;
    }

    /**
     * Has {@link Row#json} give this text, which also has what this version does not know.
     *
     * @param text a row's JSON with the numbers that are set here, on one line
     */
    public Builder encoded(byte[] text) {
      encoded = text;
      return this;
    }

    /** Marks the family as sampled and adds its items to those already there. */
    public Builder add(Family family, List<Item> found) {
      items.merge(
          family,
          List.copyOf(found),
          (before, more) -> Stream.concat(before.stream(), more.stream()).toList());
      return this;
    }

    public Row build() {
      Row row =
          new Row(
              ts, host, run, scalars.clone(), items.isEmpty() ? Map.of() : new EnumMap<>(items));
      row.json = encoded;
      return row;
    }
  }
}
