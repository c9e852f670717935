package dev.fleetdash.fleet;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;
import java.util.OptionalDouble;

/** The newest that is known of a host. Immutable, or a view that is safe for several threads. */
public interface Latest {
  Row row();

  /** The scalar as last seen, if that was within twice its cadence of the newest row. */
  OptionalDouble value(Metric scalar);

  /** The family's items as last seen. */
  List<Item> items(Family family);
}
