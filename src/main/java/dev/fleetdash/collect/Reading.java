package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one collector read at one tick. Belongs to the collector until it is returned, and is not
 * changed afterwards.
 */
public final class Reading {
  private final Map<Metric, Double> scalars = new EnumMap<>(Metric.class);
  private final Map<Family, List<Item>> items = new EnumMap<>(Family.class);
  private @Nullable String problem;

  /** Sets a scalar from a value in the metric's unit; NaN leaves it unknown. */
  public Reading set(Metric scalar, double value) {
    scalars.put(scalar, value);
    return this;
  }

  /** Marks the family as sampled and adds its items. */
  public Reading add(Family family, List<Item> found) {
    items.put(family, List.copyOf(found));
    return this;
  }

  /** Says that something is missing which should be there: one sentence. */
  public Reading problem(String reason) {
    problem = reason;
    return this;
  }

  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  void copyTo(Row.Builder row) {
    scalars.forEach(row::set);
    items.forEach(row::add);
  }
}
