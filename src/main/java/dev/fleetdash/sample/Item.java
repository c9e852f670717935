package dev.fleetdash.sample;

import java.util.Arrays;
import java.util.List;

/** One thing that a {@link Family} measures, with its numbers at one tick. Immutable. */
public final class Item {
  private final Family family;
  private final List<String> labels;
  private final long[] values;

  private Item(Family family, List<String> labels, long[] values) {
    this.family = family;
    this.labels = labels;
    this.values = values;
  }

  /**
   * Starts an item whose numbers are all unknown.
   *
   * @param labels one for each of the family's label names
   */
  public static Builder of(Family family, String... labels) {
    if (labels.length != family.labels().size()) {
      throw new IllegalArgumentException(family + " takes the labels " + family.labels());
    }
    return new Builder(family, List.of(labels));
  }

  public Family family() {
    return family;
  }

  /** In the order of {@link Family#labels}. */
  public List<String> labels() {
    return labels;
  }

  /** The first label: tells the items of a row apart. */
  public String key() {
    return labels.getFirst();
  }

  /** Scaled, or {@link Row#ABSENT}. */
  public long scaled(Metric metric) {
    return values[index(family, metric)];
  }

  public boolean has(Metric metric) {
    return scaled(metric) != Row.ABSENT;
  }

  /** In the metric's unit; NaN where unknown. */
  public double value(Metric metric) {
    long scaled = scaled(metric);
    return scaled == Row.ABSENT ? Double.NaN : metric.unscaled(scaled);
  }

  private static int index(Family family, Metric metric) {
    if (metric.family().filter(of -> of == family).isEmpty()) {
      throw new IllegalArgumentException(metric + " is not of " + family);
    }
    return metric.column();
  }

  /** Collects an item's numbers; a NaN stays unknown. */
  public static final class Builder {
    private final Family family;
    private final List<String> labels;
    private final long[] values;

    private Builder(Family family, List<String> labels) {
      this.family = family;
      this.labels = labels;
      this.values = new long[family.metrics().size()];
      Arrays.fill(values, Row.ABSENT);
    }

    public Builder set(Metric metric, double value) {
      values[index(family, metric)] = Double.isFinite(value) ? metric.scaled(value) : Row.ABSENT;
      return this;
    }

    public Builder set(Metric metric, long value) {
      values[index(family, metric)] = Math.multiplyExact(value, metric.unit().scale());
      return this;
    }

    public Item build() {
      return new Item(family, labels, values.clone());
    }
  }
}
