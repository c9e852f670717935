package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Network interfaces, each and in total. The source says which of them make up the total. */
final class NetworkCollector implements Collector {
  private final InterfaceSource source;
  private final LongSupplier nanos;
  private final Deltas totals;
  private final Deltas items;

  NetworkCollector(InterfaceSource source, LongSupplier nanos, Duration longestGap) {
    this.source = source;
    this.nanos = nanos;
    this.totals = new Deltas(InterfaceCounters.COUNTERS, longestGap);
    this.items =
        new Deltas(
            InterfaceCounters.COUNTERS,
            longestGap.plusSeconds(Family.INTERFACES.cadenceSeconds()));
  }

  @Override
  public String name() {
    return "network";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    List<InterfaceCounters> interfaces = source.read();
    long now = nanos.getAsLong();
    Reading reading = new Reading();
    for (InterfaceCounters one : interfaces) {
      if (one.counted()) {
        totals.read(one.name(), now, one.values());
      }
    }
    totals.endOfRead();
    if (due.has(Family.INTERFACES)) {
      reading.add(Family.INTERFACES, items(interfaces, now));
    }
    return reading
        .set(
            Metric.NETWORK_RECEIVED_BYTES_PER_SECOND,
            totals.perSecond(InterfaceCounters.RECEIVED_BYTES))
        .set(Metric.NETWORK_SENT_BYTES_PER_SECOND, totals.perSecond(InterfaceCounters.SENT_BYTES))
        .set(Metric.NETWORK_ERRORS_PER_SECOND, totals.perSecond(InterfaceCounters.ERRORS))
        .set(Metric.NETWORK_DROPS_PER_SECOND, totals.perSecond(InterfaceCounters.DROPS));
  }

  private List<Item> items(List<InterfaceCounters> interfaces, long now) {
    List<Item> found = new ArrayList<>(interfaces.size());
    for (InterfaceCounters one : interfaces) {
      found.add(item(one.name(), items.read(one.name(), now, one.values())));
    }
    items.endOfRead();
    return found;
  }

  private static Item item(String name, CounterDelta delta) {
    return Item.of(Family.INTERFACES, name)
        .set(
            Metric.INTERFACE_RECEIVED_BYTES_PER_SECOND,
            delta.perSecond(InterfaceCounters.RECEIVED_BYTES))
        .set(Metric.INTERFACE_SENT_BYTES_PER_SECOND, delta.perSecond(InterfaceCounters.SENT_BYTES))
        .set(
            Metric.INTERFACE_RECEIVED_PACKETS_PER_SECOND,
            delta.perSecond(InterfaceCounters.RECEIVED_PACKETS))
        .set(
            Metric.INTERFACE_SENT_PACKETS_PER_SECOND,
            delta.perSecond(InterfaceCounters.SENT_PACKETS))
        .set(Metric.INTERFACE_ERRORS_PER_SECOND, delta.perSecond(InterfaceCounters.ERRORS))
        .set(Metric.INTERFACE_DROPS_PER_SECOND, delta.perSecond(InterfaceCounters.DROPS))
        .build();
  }
}
