package dev.fleetdash.web;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One key figure of a host.
 *
 * @param number the figure without its unit
 * @param detail what stands behind it, one line
 * @param tone {@code ok}, {@code warn} or {@code bad}
 */
public record Tile(
    String id, String label, String number, String unit, String detail, Bar bar, String tone) {
  private static final String SPACE = "\u00a0";
  private static final String DOT = SPACE + "· ";

  static List<Tile> of(HostView host) {
    Numbers n = new Numbers(host);
    List<Tile> tiles =
        new ArrayList<>(
            List.of(
                cpu(n), memory(n), load(n, cores(host)), disk(n), network(n), filesystem(n, host)));
    pressure(n).ifPresent(tiles::add);
    return tiles;
  }

  /** How many cores the host has, 0 where unknown. */
  static int cores(HostView host) {
    return host.items(Family.CORES).size();
  }

  private static Tile cpu(Numbers n) {
    double used = n.get(Metric.CPU_UTILIZATION);
    double user = n.sum(Metric.CPU_USER, Metric.CPU_NICE);
    double system = n.sum(Metric.CPU_SYSTEM, Metric.CPU_IRQ);
    double steal = n.get(Metric.CPU_STEAL);
    double iowait = n.get(Metric.CPU_IOWAIT);
    String detail =
        "user"
            + SPACE
            + Figures.percent(user)
            + DOT
            + "system"
            + SPACE
            + Figures.percent(system)
            + DOT
            + "iowait"
            + SPACE
            + Figures.percent(iowait);
    String stolen = steal >= 0.001 ? DOT + "steal" + SPACE + Figures.percent(steal) : "";
    Bar bar =
        Double.isNaN(used)
            ? Bar.NONE
            : Bar.of(List.of("user", "system", "steal", "iowait"), user, system, steal, iowait);
    return tile("cpu", "CPU", Figures.percent(used), detail + stolen, bar, tone(used, 0.8, 0.95));
  }

  private static Tile memory(Numbers n) {
    double used = n.get(Metric.MEMORY_USED_BYTES);
    double total = n.get(Metric.MEMORY_TOTAL_BYTES);
    double swap = n.get(Metric.SWAP_USED_BYTES);
    String swapped = swap > 0 ? DOT + "swap" + SPACE + Figures.bytes(swap) : "";
    return tile(
        "memory",
        "Memory",
        Figures.percent(used / total),
        Figures.bytes(used) + " of " + Figures.bytes(total) + swapped,
        Bar.of(used / total),
        tone(used / total, 0.85, 0.95));
  }

  private static Tile load(Numbers n, int cores) {
    double load = n.get(Metric.LOAD1);
    double perCore = cores == 0 ? Double.NaN : load / cores;
    String of = cores == 0 ? "" : DOT + cores + SPACE + (cores == 1 ? "core" : "cores");
    String detail =
        "5\u00a0min"
            + SPACE
            + Figures.load(n.get(Metric.LOAD5))
            + DOT
            + "15\u00a0min"
            + SPACE
            + Figures.load(n.get(Metric.LOAD15))
            + of;
    return tile(
        "load", "Load", Figures.load(load), detail, Bar.of(perCore), tone(perCore, 1.0, 2.0));
  }

  private static Tile disk(Numbers n) {
    double busy = n.get(Metric.DISK_BUSY_RATIO);
    String detail =
        "read"
            + SPACE
            + Figures.bytesPerSecond(n.get(Metric.DISK_READ_BYTES_PER_SECOND))
            + DOT
            + "written"
            + SPACE
            + Figures.bytesPerSecond(n.get(Metric.DISK_WRITTEN_BYTES_PER_SECOND));
    return tile(
        "disk", "Disk busy", Figures.percent(busy), detail, Bar.of(busy), tone(busy, 0.8, 0.95));
  }

  private static Tile network(Numbers n) {
    double lost = n.sum(Metric.NETWORK_ERRORS_PER_SECOND, Metric.NETWORK_DROPS_PER_SECOND);
    String faults =
        lost > 0 ? DOT + "errors\u00a0and\u00a0drops" + SPACE + Figures.perSecond(lost) : "";
    return tile(
        "network",
        "Network in",
        Figures.bytesPerSecond(n.get(Metric.NETWORK_RECEIVED_BYTES_PER_SECOND)),
        "out"
            + SPACE
            + Figures.bytesPerSecond(n.get(Metric.NETWORK_SENT_BYTES_PER_SECOND))
            + faults,
        Bar.NONE,
        lost > 0 ? "warn" : "ok");
  }

  private static Tile filesystem(Numbers n, HostView host) {
    double used = n.get(Metric.FILESYSTEM_USED_RATIO_MAX);
    String detail =
        host.items(Family.FILESYSTEMS).stream()
            .filter(item -> !Double.isNaN(Tables.fullness(item)))
            .max(Comparator.comparingDouble(Tables::fullness))
            .map(Tile::room)
            .orElse("");
    return tile(
        "filesystem",
        "Fullest disk space",
        Figures.percent(used),
        detail,
        Bar.of(used),
        tone(used, 0.85, 0.95));
  }

  private static String room(Item filesystem) {
    return Figures.bytes(filesystem.value(Metric.FILESYSTEM_AVAILABLE_BYTES))
        + " free on "
        + filesystem.key();
  }

  private static Optional<Tile> pressure(Numbers n) {
    double cpu = n.get(Metric.CPU_PRESSURE_SOME);
    double memory = n.get(Metric.MEMORY_PRESSURE_SOME);
    double io = n.get(Metric.IO_PRESSURE_SOME);
    if (Double.isNaN(cpu) && Double.isNaN(memory) && Double.isNaN(io)) {
      return Optional.empty();
    }
    double most = Math.max(zeroIfUnknown(cpu), Math.max(zeroIfUnknown(memory), zeroIfUnknown(io)));
    String detail =
        "CPU"
            + SPACE
            + Figures.percent(cpu)
            + DOT
            + "memory"
            + SPACE
            + Figures.percent(memory)
            + DOT
            + "I/O"
            + SPACE
            + Figures.percent(io);
    return Optional.of(
        tile(
            "pressure",
            "Pressure",
            Figures.percent(most),
            detail,
            Bar.of(most),
            tone(most, 0.1, 0.4)));
  }

  /** Only for finding the largest of several, of which one at least is known. */
  private static double zeroIfUnknown(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  private static Tile tile(
      String id, String label, String figure, String detail, Bar bar, String tone) {
    int unit = figure.indexOf(SPACE);
    return unit < 0
        ? new Tile(id, label, figure, "", detail, bar, tone)
        : new Tile(
            id, label, figure.substring(0, unit), figure.substring(unit + 1), detail, bar, tone);
  }

  static String tone(double value, double warn, double bad) {
    if (value >= bad) {
      return "bad";
    }
    return value >= warn ? "warn" : "ok";
  }
}
