package dev.fleetdash.collect;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;

/** Interfaces from OSHI, which leaves out the loopback. The list is kept for a minute. Not thread-safe. */
final class OshiInterfaces implements InterfaceSource {
  private static final long LIST_NANOS = Duration.ofSeconds(60).toNanos();

  private final Supplier<HardwareAbstractionLayer> hardware;
  private final LongSupplier nanos;
  private List<NetworkIF> interfaces = List.of();
  private long listedNanos;
  private boolean stale = true;

  OshiInterfaces(Supplier<HardwareAbstractionLayer> hardware, LongSupplier nanos) {
    this.hardware = hardware;
    this.nanos = nanos;
  }

  @Override
  public List<InterfaceCounters> read() {
    long now = nanos.getAsLong();
    if (stale || now - listedNanos >= LIST_NANOS) {
      interfaces = hardware.get().getNetworkIFs();
      listedNanos = now;
      stale = false;
    }
    List<InterfaceCounters> counters = new ArrayList<>(interfaces.size());
    for (NetworkIF one : interfaces) {
      if (one.updateAttributes()) {
        counters.add(counters(one));
      } else {
        stale = true;
      }
    }
    return counters;
  }

  private static InterfaceCounters counters(NetworkIF one) {
    return new InterfaceCounters(
        one.getName(),
        true,
        one.getBytesRecv(),
        one.getBytesSent(),
        one.getPacketsRecv(),
        one.getPacketsSent(),
        one.getInErrors() + one.getOutErrors(),
        one.getInDrops());
  }
}
