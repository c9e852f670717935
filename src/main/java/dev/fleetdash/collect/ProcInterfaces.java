package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * All interfaces from one read of /proc/net/dev.
 *
 * <p>The totals are over the interfaces with a device of their own, so that a byte which also passes a
 * bridge, a bond, a tunnel or a container's link is counted once. Where no interface has a device, as
 * in a container, all but the loopback are counted.
 */
final class ProcInterfaces implements InterfaceSource {
  private static final String LOOPBACK = "lo";
  private static final long DEVICES_NANOS = Duration.ofSeconds(60).toNanos();

  private final KernelFile file;
  private final Path sysClassNet;
  private final LongSupplier nanos;
  private final Map<String, Boolean> devices = new HashMap<>();
  private long devicesNanos;

  ProcInterfaces(Path proc, Path sys, LongSupplier nanos) {
    this.file = new KernelFile(proc.resolve("net/dev"));
    this.sysClassNet = sys.resolve("class/net");
    this.nanos = nanos;
  }

  /** A line of the table. */
  record Line(String name, long[] values) {}

  @Override
  public List<InterfaceCounters> read() throws IOException {
    List<Line> lines = parse(file.read());
    forgetDevices();
    boolean anyDevice = false;
    for (Line line : lines) {
      anyDevice |= device(line.name());
    }
    List<InterfaceCounters> interfaces = new ArrayList<>(lines.size());
    for (Line line : lines) {
      boolean counted = anyDevice ? device(line.name()) : !line.name().equals(LOOPBACK);
      interfaces.add(new InterfaceCounters(line.name(), counted, line.values()));
    }
    return interfaces;
  }

  /** The table's columns are: bytes packets errs drop fifo frame compressed multicast, received and then sent. */
  static List<Line> parse(Cursor text) {
    List<Line> lines = new ArrayList<>();
    do {
      String name = text.until(':');
      if (!name.isEmpty()) {
        lines.add(new Line(name, values(text)));
      }
    } while (text.nextLine());
    return lines;
  }

  private static long[] values(Cursor text) {
    long[] values = new long[InterfaceCounters.COUNTERS];
    values[InterfaceCounters.RECEIVED_BYTES] = text.number();
    values[InterfaceCounters.RECEIVED_PACKETS] = text.number();
    long receiveErrors = text.number();
    long receiveDrops = text.number();
    text.skipWords(4);
    values[InterfaceCounters.SENT_BYTES] = text.number();
    values[InterfaceCounters.SENT_PACKETS] = text.number();
    values[InterfaceCounters.ERRORS] = receiveErrors + text.number();
    values[InterfaceCounters.DROPS] = receiveDrops + text.number();
    return values;
  }

  /** A name can come to stand for another interface. */
  private void forgetDevices() {
    long now = nanos.getAsLong();
    if (devices.isEmpty() || now - devicesNanos >= DEVICES_NANOS) {
      devices.clear();
      devicesNanos = now;
    }
  }

  private boolean device(String name) {
    return devices.computeIfAbsent(name, n -> Files.exists(sysClassNet.resolve(n).resolve("device")));
  }
}
