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

  @Override
  public List<InterfaceCounters> read() throws IOException {
    List<InterfaceCounters> all = parse(file.read());
    forgetDevices();
    boolean anyDevice = false;
    for (InterfaceCounters one : all) {
      anyDevice |= device(one.name());
    }
    List<InterfaceCounters> interfaces = new ArrayList<>(all.size());
    for (InterfaceCounters one : all) {
      boolean counted = anyDevice ? device(one.name()) : !one.name().equals(LOOPBACK);
      interfaces.add(one.counted(counted));
    }
    return interfaces;
  }

  /**
   * Reads the table, whose columns are bytes, packets, errs, drop, fifo, frame, compressed and
   * multicast for what was received, and then the first four for what was sent.
   */
  static List<InterfaceCounters> parse(Cursor text) {
    List<InterfaceCounters> interfaces = new ArrayList<>();
    do {
      String name = text.until(':');
      if (!name.isEmpty()) {
        interfaces.add(line(name, text));
      }
    } while (text.nextLine());
    return interfaces;
  }

  private static InterfaceCounters line(String name, Cursor text) {
    long receivedBytes = text.number();
    long receivedPackets = text.number();
    long receiveErrors = text.number();
    long receiveDrops = text.number();
    text.skipWords(4);
    long sentBytes = text.number();
    long sentPackets = text.number();
    long errors = receiveErrors + text.number();
    long drops = receiveDrops + text.number();
    return new InterfaceCounters(
        name, true, receivedBytes, sentBytes, receivedPackets, sentPackets, errors, drops);
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
