package dev.fleetdash.web;

import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import dev.fleetdash.fleet.State;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A host with one row, in which everything is known but what a test leaves out. */
final class SampleHost {
  static final long NOON = 1_795_521_600L;
  static final String HOSTILE = "</td><script>alert('x')</script>&\"";
  private static final double GIB = 1024.0 * 1024 * 1024;

  private SampleHost() {}

  static HostView full() {
    return live(row(new HostName("web-1")).build());
  }

  static HostView withoutData() {
    return new HostView(status("web-1", State.STALE, "", NOON, Optional.empty()));
  }

  /** A row of which only the load is known. */
  static HostView almostNothing() {
    return live(Row.at(NOON, new HostName("web-1"), 1).set(Metric.LOAD1, 0.5).build());
  }

  static HostView live(Row row) {
    return new HostView(status(row.host().value(), State.LIVE, "", NOON - 600, Optional.of(row)));
  }

  /** In a state since {@code since}, for a reason unless that is empty. */
  static HostStatus status(
      String host, State state, String reason, long since, Optional<Row> newest) {
    return new HostStatus(
        new HostName(host),
        state,
        Optional.of(reason).filter(text -> !text.isEmpty()),
        since,
        Optional.of(machine("eu-central-1a", "t4g.small", "1.2.3")),
        List.of(),
        newest.map(Seen::new));
  }

  static Machine machine(String zone, String type, String version) {
    return new Machine(
        "id",
        Optional.of(zone).filter(text -> !text.isEmpty()),
        Optional.of(type),
        Optional.of("i-0123456789abcdef0"),
        Optional.of("10.0.0.7"),
        version,
        1);
  }

  static NodeView node(Telemetry telemetry) {
    return new NodeView(
        new HostName("web-1"),
        "1.2.3",
        Instant.ofEpochSecond(NOON + 1),
        "file:data/archive",
        telemetry.parts(),
        new NodeView.Backlog(1, 4096),
        new NodeView.OwnCost(5.25, 75.0 * 1024 * 1024),
        Optional.empty());
  }

  static NodeView node() {
    return node(new Telemetry(() -> Instant.ofEpochSecond(NOON)));
  }

  static Row.Builder row(HostName name) {
    Row.Builder row = Row.at(NOON, name, 1);
    for (Metric scalar : Metric.scalars()) {
      row.set(
          scalar,
          switch (scalar.unit()) {
            case RATIO -> 0.0123;
            case BYTES -> 3 * GIB;
            case BYTES_PER_SECOND -> 1_500_000;
            case PER_SECOND -> 1.5;
            case SECONDS -> 273_600;
            case CELSIUS -> 50;
            case LOAD -> 0.75;
            case COUNT -> 1234;
          });
    }
    return row.set(Metric.CPU_UTILIZATION, 0.47)
        .set(Metric.MEMORY_USED_BYTES, 9 * GIB)
        .set(Metric.MEMORY_TOTAL_BYTES, 16 * GIB)
        .set(Metric.FILESYSTEM_USED_RATIO_MAX, 0.875)
        .add(Family.CORES, List.of(core("0", 0.5), core("1", Double.NaN)))
        .add(
            Family.FILESYSTEMS,
            List.of(filesystem("/", 100, 40), filesystem("/" + HOSTILE, 200, 25)))
        .add(
            Family.DISKS,
            List.of(
                Item.of(Family.DISKS, "nvme0n1")
                    .set(Metric.DISK_DEVICE_BUSY_RATIO, 0.99)
                    .set(Metric.DISK_DEVICE_READ_BYTES_PER_SECOND, 0)
                    .build()))
        .add(
            Family.INTERFACES,
            List.of(
                Item.of(Family.INTERFACES, "eth0")
                    .set(Metric.INTERFACE_ERRORS_PER_SECOND, 0.2)
                    .build()))
        .add(Family.TEMPERATURES, List.of())
        .add(
            Family.TOP_PROCESSES,
            List.of(
                process("java", 0.1, 5), process(HOSTILE, 0.3, 1), process("idle", Double.NaN, 2)));
  }

  private static Item core(String name, double busy) {
    return Item.of(Family.CORES, name).set(Metric.CORE_UTILIZATION, busy).build();
  }

  private static Item filesystem(String mount, double size, double free) {
    return Item.of(Family.FILESYSTEMS, mount, "ext4")
        .set(Metric.FILESYSTEM_TOTAL_BYTES, size * GIB)
        .set(Metric.FILESYSTEM_USED_BYTES, (size - free) * GIB)
        .set(Metric.FILESYSTEM_AVAILABLE_BYTES, free * GIB)
        .build();
  }

  private static Item process(String name, double cpu, double gib) {
    return Item.of(Family.TOP_PROCESSES, name, "42", "root")
        .set(Metric.PROCESS_CPU_UTILIZATION, cpu)
        .set(Metric.PROCESS_MEMORY_BYTES, gib * GIB)
        .build();
  }

  /** The newest of a host, of which nothing older is known. */
  record Seen(Row row) implements Latest {
    @Override
    public OptionalDouble value(Metric scalar) {
      return row.has(scalar) ? OptionalDouble.of(row.value(scalar)) : OptionalDouble.empty();
    }

    @Override
    public List<Item> items(Family family) {
      return row.items(family);
    }
  }
}
