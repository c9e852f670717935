package dev.fleetdash.web;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a page shows of one host. */
interface HostView {
  HostName host();

  /** Zone, instance type and the like, as one line; empty where nothing is known. */
  String place();

  Optional<Row> newest();

  /** The scalar as last seen, if that was within twice its cadence of the newest row. */
  OptionalDouble value(Metric scalar);

  /** The family's items as last seen. */
  List<Item> items(Family family);
}
