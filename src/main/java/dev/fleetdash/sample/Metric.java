package dev.fleetdash.sample;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The catalogue: every number a row can carry. Row fields, the API, the exposition, chart titles
 * and the documentation tables are all made from these entries; a new metric is one entry and the
 * collector that sets it.
 *
 * <p>A scalar is a field of the row itself; a metric of a {@link Family} is a field of that
 * family's items, and is named {@code family.field} where it stands alone.
 */
public enum Metric {
  CPU_UTILIZATION(
      "cpu_utilization",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of CPU time not idle and not waiting for I/O"),
  CPU_USER("cpu_user", Unit.RATIO, Kind.MEAN, 1, "Share of CPU time in user mode"),
  CPU_SYSTEM("cpu_system", Unit.RATIO, Kind.MEAN, 1, "Share of CPU time in kernel mode"),
  CPU_NICE("cpu_nice", Unit.RATIO, Kind.MEAN, 1, "Share of CPU time in user mode at low priority"),
  CPU_IOWAIT(
      "cpu_iowait", Unit.RATIO, Kind.MEAN, 1, "Share of CPU time idle while I/O was outstanding"),
  CPU_IRQ(
      "cpu_irq",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of CPU time serving hardware and software interrupts"),
  CPU_STEAL(
      "cpu_steal",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of CPU time that the hypervisor gave to others"),
  LOAD1("load1", Unit.LOAD, Kind.GAUGE, 1, "Load average over 1 minute"),
  LOAD5("load5", Unit.LOAD, Kind.GAUGE, 1, "Load average over 5 minutes"),
  LOAD15("load15", Unit.LOAD, Kind.GAUGE, 1, "Load average over 15 minutes"),
  CPU_PRESSURE_SOME(
      "cpu_pressure_some",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which some task waited for CPU (PSI)"),
  MEMORY_TOTAL_BYTES("memory_total_bytes", Unit.BYTES, Kind.GAUGE, 1, "Physical memory"),
  MEMORY_USED_BYTES(
      "memory_used_bytes", Unit.BYTES, Kind.GAUGE, 1, "Physical memory not available for new work"),
  MEMORY_AVAILABLE_BYTES(
      "memory_available_bytes",
      Unit.BYTES,
      Kind.GAUGE,
      1,
      "Physical memory available without swapping"),
  MEMORY_CACHED_BYTES(
      "memory_cached_bytes",
      Unit.BYTES,
      Kind.GAUGE,
      1,
      "Physical memory holding buffers, page cache and reclaimable slab"),
  MEMORY_PRESSURE_SOME(
      "memory_pressure_some",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which some task waited for memory (PSI)"),
  MEMORY_PRESSURE_FULL(
      "memory_pressure_full",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which all tasks waited for memory (PSI)"),
  SWAP_TOTAL_BYTES("swap_total_bytes", Unit.BYTES, Kind.GAUGE, 1, "Swap space"),
  SWAP_USED_BYTES("swap_used_bytes", Unit.BYTES, Kind.GAUGE, 1, "Swap space in use"),
  DISK_READ_BYTES_PER_SECOND(
      "disk_read_bytes_per_second", Unit.BYTES_PER_SECOND, Kind.RATE, 1, "Bytes read, all disks"),
  DISK_WRITTEN_BYTES_PER_SECOND(
      "disk_written_bytes_per_second",
      Unit.BYTES_PER_SECOND,
      Kind.RATE,
      1,
      "Bytes written, all disks"),
  DISK_READS_PER_SECOND(
      "disk_reads_per_second", Unit.PER_SECOND, Kind.RATE, 1, "Read operations, all disks"),
  DISK_WRITES_PER_SECOND(
      "disk_writes_per_second", Unit.PER_SECOND, Kind.RATE, 1, "Write operations, all disks"),
  DISK_BUSY_RATIO(
      "disk_busy_ratio",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which the busiest disk had requests under way"),
  IO_PRESSURE_SOME(
      "io_pressure_some",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which some task waited for I/O (PSI)"),
  IO_PRESSURE_FULL(
      "io_pressure_full",
      Unit.RATIO,
      Kind.MEAN,
      1,
      "Share of time in which all tasks waited for I/O (PSI)"),
  NETWORK_RECEIVED_BYTES_PER_SECOND(
      "network_received_bytes_per_second",
      Unit.BYTES_PER_SECOND,
      Kind.RATE,
      1,
      "Bytes received, all interfaces but loopback"),
  NETWORK_SENT_BYTES_PER_SECOND(
      "network_sent_bytes_per_second",
      Unit.BYTES_PER_SECOND,
      Kind.RATE,
      1,
      "Bytes sent, all interfaces but loopback"),
  NETWORK_ERRORS_PER_SECOND(
      "network_errors_per_second",
      Unit.PER_SECOND,
      Kind.RATE,
      1,
      "Receive and send errors, all interfaces but loopback"),
  NETWORK_DROPS_PER_SECOND(
      "network_drops_per_second",
      Unit.PER_SECOND,
      Kind.RATE,
      1,
      "Packets dropped, all interfaces but loopback"),
  TCP_ESTABLISHED(
      "tcp_established", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state ESTABLISHED"),
  TCP_LISTEN("tcp_listen", Unit.COUNT, Kind.GAUGE, 60, "TCP sockets in state LISTEN"),
  TCP_SYN_SENT("tcp_syn_sent", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state SYN_SENT"),
  TCP_SYN_RECEIVED(
      "tcp_syn_received", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state SYN_RECV"),
  TCP_FIN_WAIT(
      "tcp_fin_wait",
      Unit.COUNT,
      Kind.GAUGE,
      60,
      "TCP connections in state FIN_WAIT1 or FIN_WAIT2"),
  TCP_TIME_WAIT("tcp_time_wait", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state TIME_WAIT"),
  TCP_CLOSE_WAIT(
      "tcp_close_wait", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state CLOSE_WAIT"),
  TCP_CLOSING(
      "tcp_closing", Unit.COUNT, Kind.GAUGE, 60, "TCP connections in state CLOSING or LAST_ACK"),
  FILESYSTEM_USED_RATIO_MAX(
      "filesystem_used_ratio_max",
      Unit.RATIO,
      Kind.GAUGE,
      10,
      "Share of space in use of the fullest file system, as df counts it"),
  FILESYSTEM_INODES_USED_RATIO_MAX(
      "filesystem_inodes_used_ratio_max",
      Unit.RATIO,
      Kind.GAUGE,
      10,
      "Share of inodes used, of the file system with the highest share"),
  PROCESSES("processes", Unit.COUNT, Kind.GAUGE, 10, "Processes"),
  THREADS("threads", Unit.COUNT, Kind.GAUGE, 10, "Threads of all processes"),
  OPEN_FILES("open_files", Unit.COUNT, Kind.GAUGE, 10, "Open file handles of all processes"),
  UPTIME_SECONDS("uptime_seconds", Unit.SECONDS, Kind.GAUGE, 1, "Time since the host booted"),

  CORE_UTILIZATION(
      Family.CORES,
      "utilization",
      Unit.RATIO,
      Kind.MEAN,
      "Share of the core's time not idle and not waiting for I/O"),
  FILESYSTEM_TOTAL_BYTES(Family.FILESYSTEMS, "total_bytes", Unit.BYTES, Kind.GAUGE, "Size"),
  FILESYSTEM_USED_BYTES(
      Family.FILESYSTEMS, "used_bytes", Unit.BYTES, Kind.GAUGE, "Space in use, as df counts it"),
  FILESYSTEM_AVAILABLE_BYTES(
      Family.FILESYSTEMS,
      "available_bytes",
      Unit.BYTES,
      Kind.GAUGE,
      "Space that an ordinary user can write"),
  FILESYSTEM_INODES(Family.FILESYSTEMS, "inodes", Unit.COUNT, Kind.GAUGE, "Inodes"),
  FILESYSTEM_INODES_USED(
      Family.FILESYSTEMS, "inodes_used", Unit.COUNT, Kind.GAUGE, "Inodes in use"),
  DISK_DEVICE_READ_BYTES_PER_SECOND(
      Family.DISKS, "read_bytes_per_second", Unit.BYTES_PER_SECOND, Kind.RATE, "Bytes read"),
  DISK_DEVICE_WRITTEN_BYTES_PER_SECOND(
      Family.DISKS, "written_bytes_per_second", Unit.BYTES_PER_SECOND, Kind.RATE, "Bytes written"),
  DISK_DEVICE_READS_PER_SECOND(
      Family.DISKS, "reads_per_second", Unit.PER_SECOND, Kind.RATE, "Read operations"),
  DISK_DEVICE_WRITES_PER_SECOND(
      Family.DISKS, "writes_per_second", Unit.PER_SECOND, Kind.RATE, "Write operations"),
  DISK_DEVICE_BUSY_RATIO(
      Family.DISKS, "busy_ratio", Unit.RATIO, Kind.MEAN, "Share of time with requests under way"),
  INTERFACE_RECEIVED_BYTES_PER_SECOND(
      Family.INTERFACES,
      "received_bytes_per_second",
      Unit.BYTES_PER_SECOND,
      Kind.RATE,
      "Bytes received"),
  INTERFACE_SENT_BYTES_PER_SECOND(
      Family.INTERFACES, "sent_bytes_per_second", Unit.BYTES_PER_SECOND, Kind.RATE, "Bytes sent"),
  INTERFACE_RECEIVED_PACKETS_PER_SECOND(
      Family.INTERFACES,
      "received_packets_per_second",
      Unit.PER_SECOND,
      Kind.RATE,
      "Packets received"),
  INTERFACE_SENT_PACKETS_PER_SECOND(
      Family.INTERFACES, "sent_packets_per_second", Unit.PER_SECOND, Kind.RATE, "Packets sent"),
  INTERFACE_ERRORS_PER_SECOND(
      Family.INTERFACES,
      "errors_per_second",
      Unit.PER_SECOND,
      Kind.RATE,
      "Receive and send errors"),
  INTERFACE_DROPS_PER_SECOND(
      Family.INTERFACES, "drops_per_second", Unit.PER_SECOND, Kind.RATE, "Packets dropped"),
  TEMPERATURE_CELSIUS(Family.TEMPERATURES, "celsius", Unit.CELSIUS, Kind.GAUGE, "Temperature"),
  PROCESS_CPU_UTILIZATION(
      Family.TOP_PROCESSES,
      "cpu_utilization",
      Unit.RATIO,
      Kind.MEAN,
      "Share of all CPUs since the process was last looked at"),
  PROCESS_MEMORY_BYTES(
      Family.TOP_PROCESSES, "memory_bytes", Unit.BYTES, Kind.GAUGE, "Resident memory");

  /** What the number says about the time before its tick. */
  public enum Kind {
    /** The value at the tick. */
    GAUGE,
    /** A counter's increase per second since the metric was last sampled. */
    RATE,
    /** A share of the time since the metric was last sampled. */
    MEAN
  }

  private static final Map<Metric, Integer> COLUMNS = columns();
  private static final List<Metric> SCALARS =
      Arrays.stream(values()).filter(m -> m.family == null).toList();
  private static final Map<String, Metric> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(Metric::fullName, Function.identity()));

  private final @Nullable Family family;
  private final String field;
  private final Unit unit;
  private final Kind kind;
  private final int cadenceSeconds;
  private final String help;

  Metric(String field, Unit unit, Kind kind, int cadenceSeconds, String help) {
    this(null, field, unit, kind, cadenceSeconds, help);
  }

  Metric(Family family, String field, Unit unit, Kind kind, String help) {
    this(family, field, unit, kind, family.cadenceSeconds(), help);
  }

  Metric(
      @Nullable Family family,
      String field,
      Unit unit,
      Kind kind,
      int cadenceSeconds,
      String help) {
    this.family = family;
    this.field = field;
    this.unit = unit;
    this.kind = kind;
    this.cadenceSeconds = cadenceSeconds;
    this.help = help;
  }

  /** The metrics that are fields of the row itself, in the row's order. */
  public static List<Metric> scalars() {
    return SCALARS;
  }

  /** The metric with that {@link #fullName}, or empty. */
  public static Optional<Metric> named(String fullName) {
    return Optional.ofNullable(BY_NAME.get(fullName));
  }

  /** Empty for a scalar. */
  public Optional<Family> family() {
    return Optional.ofNullable(family);
  }

  public boolean scalar() {
    return family == null;
  }

  /** The JSON field, unique within the row or within the family's items. */
  public String field() {
    return field;
  }

  /** Position among {@link #scalars}, or among its family's metrics. */
  public int column() {
    return COLUMNS.getOrDefault(this, -1);
  }

  private static Map<Metric, Integer> columns() {
    Map<Metric, Integer> columns = new EnumMap<>(Metric.class);
    Map<Optional<Family>, Integer> next = new HashMap<>();
    for (Metric metric : values()) {
      columns.put(metric, next.merge(metric.family(), 1, Integer::sum) - 1);
    }
    return columns;
  }

  /** {@code cpu_utilization}, or {@code filesystems.used_bytes} for a metric of a family. */
  public String fullName() {
    return family == null ? field : family.field() + "." + field;
  }

  public Unit unit() {
    return unit;
  }

  public Kind kind() {
    return kind;
  }

  /**
   * How often the metric is in a row: at every UTC multiple of this many seconds (1: in every row).
   */
  public int cadenceSeconds() {
    return cadenceSeconds;
  }

  /** One clause that says what is measured, without the unit. */
  public String help() {
    return help;
  }

  /** {@code value} rounded to the unit's digits, as a scaled integer. */
  public long scaled(double value) {
    return Math.round(value * unit.scale());
  }

  /** The value that {@code scaled} stands for, in the unit. */
  public double unscaled(long scaled) {
    return (double) scaled / unit.scale();
  }
}
