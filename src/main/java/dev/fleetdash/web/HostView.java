package dev.fleetdash.web;

import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a page shows of one host. */
record HostView(HostStatus status) {
  HostName host() {
    return status.host();
  }

  /** Zone and instance type, as one line; empty where nothing is known. */
  String place() {
    return status
        .machine()
        .map(machine ->
            Stream.of(machine.zone(), machine.type())
                .flatMap(Optional::stream)
                .collect(Collectors.joining(" · ")))
        .orElse("");
  }

  /** Empty where none is known. */
  String zone() {
    return status.machine().flatMap(Machine::zone).orElse("");
  }

  /** Likewise. */
  String version() {
    return status.machine().map(Machine::version).orElse("");
  }

  /** Seconds between rows. */
  int sampleSeconds() {
    return status.machine().map(Machine::sampleSeconds).orElse(1);
  }

  Optional<Row> newest() {
    return status.latest().map(Latest::row);
  }

  /** The newest row's epoch second as text, empty where there is none. */
  String newestTs() {
    return newest().map(Row::ts).map(String::valueOf).orElse("");
  }

  /** The scalar as last seen, if that was within twice its cadence of the newest row. */
  OptionalDouble value(Metric scalar) {
    return status.latest().map(latest -> latest.value(scalar)).orElse(OptionalDouble.empty());
  }

  /** The family's items as last seen. */
  List<Item> items(Family family) {
    return status.latest().map(latest -> latest.items(family)).orElse(List.of());
  }
}
