package dev.fleetdash.web;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.web.Table.Cell;
import dev.fleetdash.web.Table.Column;
import dev.fleetdash.web.Table.Line;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The tables of a host's page. The browser's {@code tables.js} builds the same from live rows. */
final class Tables {
  private static final int TOP = 10;

  private Tables() {}

  static List<Table> of(HostView host) {
    return List.of(
        filesystems(host.items(Family.FILESYSTEMS)),
        disks(host.items(Family.DISKS)),
        interfaces(host.items(Family.INTERFACES)),
        processes(
            "processes-cpu",
            "Processes by CPU",
            host.items(Family.TOP_PROCESSES),
            Metric.PROCESS_CPU_UTILIZATION),
        processes(
            "processes-memory",
            "Processes by memory",
            host.items(Family.TOP_PROCESSES),
            Metric.PROCESS_MEMORY_BYTES),
        cores(host.items(Family.CORES)),
        system(new Numbers(host)),
        tcp(new Numbers(host)),
        temperatures(host.items(Family.TEMPERATURES)));
  }

  /** As df's Use%: used, of what is used or an ordinary user could use; NaN where unknown. */
  static double fullness(Item filesystem) {
    double used = filesystem.value(Metric.FILESYSTEM_USED_BYTES);
    return used / (used + filesystem.value(Metric.FILESYSTEM_AVAILABLE_BYTES));
  }

  private static Table filesystems(List<Item> items) {
    return new Table(
        "filesystems",
        "File systems",
        List.of(
            name("Mount"),
            text("Type"),
            bar("Full"),
            number("Used"),
            number("Free"),
            number("Size"),
            number("Inodes used")),
        lines(
            items,
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.of(item.labels().get(1)),
                    Cell.share(fullness(item), 0.85, 0.95),
                    Cell.of(Figures.bytes(item.value(Metric.FILESYSTEM_USED_BYTES))),
                    Cell.of(Figures.bytes(item.value(Metric.FILESYSTEM_AVAILABLE_BYTES))),
                    Cell.of(Figures.bytes(item.value(Metric.FILESYSTEM_TOTAL_BYTES))),
                    Cell.of(
                        Figures.percent(
                            item.value(Metric.FILESYSTEM_INODES_USED)
                                / item.value(Metric.FILESYSTEM_INODES))))),
        "No file systems known");
  }

  private static Table disks(List<Item> items) {
    return new Table(
        "disks",
        "Disks",
        List.of(
            name("Disk"),
            bar("Busy"),
            number("Read"),
            number("Written"),
            number("Reads"),
            number("Writes")),
        lines(
            items,
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.share(item.value(Metric.DISK_DEVICE_BUSY_RATIO), 0.8, 0.95),
                    Cell.of(
                        Figures.bytesPerSecond(
                            item.value(Metric.DISK_DEVICE_READ_BYTES_PER_SECOND))),
                    Cell.of(
                        Figures.bytesPerSecond(
                            item.value(Metric.DISK_DEVICE_WRITTEN_BYTES_PER_SECOND))),
                    Cell.of(Figures.perSecond(item.value(Metric.DISK_DEVICE_READS_PER_SECOND))),
                    Cell.of(Figures.perSecond(item.value(Metric.DISK_DEVICE_WRITES_PER_SECOND))))),
        "No disks known");
  }

  private static Table interfaces(List<Item> items) {
    return new Table(
        "interfaces",
        "Network interfaces",
        List.of(
            name("Interface"),
            number("Received"),
            number("Sent"),
            number("Packets in"),
            number("Packets out"),
            number("Errors"),
            number("Drops")),
        lines(
            items,
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.of(
                        Figures.bytesPerSecond(
                            item.value(Metric.INTERFACE_RECEIVED_BYTES_PER_SECOND))),
                    Cell.of(
                        Figures.bytesPerSecond(item.value(Metric.INTERFACE_SENT_BYTES_PER_SECOND))),
                    Cell.of(
                        Figures.perSecond(
                            item.value(Metric.INTERFACE_RECEIVED_PACKETS_PER_SECOND))),
                    Cell.of(
                        Figures.perSecond(item.value(Metric.INTERFACE_SENT_PACKETS_PER_SECOND))),
                    fault(item.value(Metric.INTERFACE_ERRORS_PER_SECOND)),
                    fault(item.value(Metric.INTERFACE_DROPS_PER_SECOND)))),
        "No network interfaces known");
  }

  private static Table processes(String id, String title, List<Item> items, Metric by) {
    Stream<Item> top =
        items.stream()
            .filter(item -> item.has(by))
            .sorted(Comparator.comparingLong((Item item) -> item.scaled(by)).reversed())
            .limit(TOP);
    return new Table(
        id,
        title,
        List.of(name("Process"), text("User"), number("PID"), number("CPU"), number("Memory")),
        lines(
            top.toList(),
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.of(item.labels().get(2)),
                    Cell.of(item.labels().get(1)),
                    Cell.of(Figures.percent(item.value(Metric.PROCESS_CPU_UTILIZATION))),
                    Cell.of(Figures.bytes(item.value(Metric.PROCESS_MEMORY_BYTES))))),
        "Looked at every 30 seconds");
  }

  private static Table cores(List<Item> items) {
    return new Table(
        "cores",
        "Cores",
        List.of(name("Core"), bar("Busy")),
        lines(
            items,
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.share(item.value(Metric.CORE_UTILIZATION), 0.8, 0.95))),
        "No cores known");
  }

  private static Table temperatures(List<Item> items) {
    return new Table(
        "temperatures",
        "Temperatures",
        List.of(name("Sensor"), number("Value")),
        lines(
            items,
            item ->
                List.of(
                    Cell.of(item.key()),
                    Cell.of(Figures.celsius(item.value(Metric.TEMPERATURE_CELSIUS))))),
        "This host shows no sensors");
  }

  private static Table system(Numbers n) {
    return new Table(
        "system",
        "System",
        List.of(name("What"), number("Value")),
        List.of(
            fact("Processes", Figures.count(n.get(Metric.PROCESSES))),
            fact("Threads", Figures.count(n.get(Metric.THREADS))),
            fact("Open files", Figures.count(n.get(Metric.OPEN_FILES))),
            fact("Memory cached", Figures.bytes(n.get(Metric.MEMORY_CACHED_BYTES))),
            fact("Memory available", Figures.bytes(n.get(Metric.MEMORY_AVAILABLE_BYTES))),
            fact("Swap used", Figures.bytes(n.get(Metric.SWAP_USED_BYTES))),
            fact("Swap space", Figures.bytes(n.get(Metric.SWAP_TOTAL_BYTES)))),
        "");
  }

  private static Table tcp(Numbers n) {
    return new Table(
        "tcp",
        "TCP sockets",
        List.of(name("State"), number("Value")),
        List.of(
            fact("Established", Figures.count(n.get(Metric.TCP_ESTABLISHED))),
            fact("Listening", Figures.count(n.get(Metric.TCP_LISTEN))),
            fact("Opening", Figures.count(n.sum(Metric.TCP_SYN_SENT, Metric.TCP_SYN_RECEIVED))),
            fact("Finishing", Figures.count(n.get(Metric.TCP_FIN_WAIT))),
            fact("Time wait", Figures.count(n.get(Metric.TCP_TIME_WAIT))),
            fact("Close wait", Figures.count(n.get(Metric.TCP_CLOSE_WAIT))),
            fact("Closing", Figures.count(n.get(Metric.TCP_CLOSING)))),
        "");
  }

  private static Cell fault(double rate) {
    return new Cell(Figures.perSecond(rate), Bar.NONE, rate > 0 ? "warn" : "ok");
  }

  private static Line fact(String what, String figure) {
    return new Line(List.of(Cell.of(what), Cell.of(figure)));
  }

  private static List<Line> lines(List<Item> items, Function<Item, List<Cell>> cells) {
    return items.stream().map(item -> new Line(cells.apply(item))).toList();
  }

  private static Column name(String label) {
    return new Column(label, "name");
  }

  private static Column text(String label) {
    return new Column(label, "text");
  }

  private static Column number(String label) {
    return new Column(label, "number");
  }

  private static Column bar(String label) {
    return new Column(label, "bar");
  }
}
