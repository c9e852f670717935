package dev.fleetdash.fleet;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** The newest row of a host, and what the rows before it had and it has not. Immutable. */
final class Seen implements Latest {
  private final Row row;
  private final long[] values;
  private final long[] valuesAt;
  private final Map<Family, Items> items;

  private record Items(long at, List<Item> list) {}

  private Seen(Row row, long[] values, long[] valuesAt, Map<Family, Items> items) {
    this.row = row;
    this.values = values;
    this.valuesAt = valuesAt;
    this.items = items;
  }

  /** Knows what is in this row. */
  static Seen of(Row row) {
    int scalars = Metric.scalars().size();
    long[] none = new long[scalars];
    Arrays.fill(none, Row.ABSENT);
    return new Seen(row, none, new long[scalars], new EnumMap<>(Family.class)).with(row);
  }

  /** This and a later row. */
  Seen with(Row later) {
    long[] nowValues = values.clone();
    long[] nowAt = valuesAt.clone();
    for (Metric metric : Metric.scalars()) {
      if (later.has(metric)) {
        nowValues[metric.column()] = later.scaled(metric);
        nowAt[metric.column()] = later.ts();
      }
    }
    Map<Family, Items> nowItems = new EnumMap<>(items);
    for (Family family : Family.values()) {
      if (later.has(family)) {
        nowItems.put(family, new Items(later.ts(), later.items(family)));
      }
    }
    return new Seen(later, nowValues, nowAt, nowItems);
  }

  @Override
  public Row row() {
    return row;
  }

  @Override
  public OptionalDouble value(Metric scalar) {
    long scaled = values[scalar.column()];
    return scaled == Row.ABSENT || old(valuesAt[scalar.column()], scalar.cadenceSeconds())
        ? OptionalDouble.empty()
        : OptionalDouble.of(scalar.unscaled(scaled));
  }

  @Override
  public List<Item> items(Family family) {
    Items known = items.get(family);
    return known == null || old(known.at(), family.cadenceSeconds()) ? List.of() : known.list();
  }

  private boolean old(long at, int cadence) {
    return row.ts() - at > 2L * cadence;
  }
}
