package dev.fleetdash.fleet;

import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** A fleet of this host alone, as its ring knows it. Safe for use by several threads. */
public final class OwnHost implements Fleet {
  private static final int LIVE_SECONDS = 4;

  private final HostName host;
  private final Supplier<Machine> machine;
  private final Instant started;
  private final Ring ring;
  private final InstantSource clock;

  /**
   * Nothing is asked of the parts before there is somebody to see it.
   *
   * @param started when the process was
   */
  public OwnHost(
      HostName host, Supplier<Machine> machine, Instant started, Ring ring, InstantSource clock) {
    this.host = host;
    this.machine = machine;
    this.started = started;
    this.ring = ring;
    this.clock = clock;
  }

  @Override
  public FleetView view() {
    long now = clock.instant().getEpochSecond();
    return new FleetView(now, host, List.of(status(now)), Optional.empty());
  }

  /** This host is always looked at. */
  @Override
  public void look(Collection<HostName> hosts) {}

  private HostStatus status(long now) {
    Optional<Row> newest = ring.newest();
    long start = started.getEpochSecond();
    if (newest.isEmpty()) {
      return new HostStatus(
          host,
          State.STALE,
          Optional.of("sampling has just begun"),
          start,
          Optional.of(machine.get()),
          List.of(),
          Optional.empty());
    }
    Row row = newest.get();
    boolean live = now - row.ts() <= LIVE_SECONDS;
    return new HostStatus(
        host,
        live ? State.LIVE : State.STALE,
        live ? Optional.empty() : Optional.of("it has stopped sampling"),
        live ? start : row.ts(),
        Optional.of(machine.get()),
        List.of(new Run(row.run(), start, Math.max(start, row.ts() + 1), Optional.empty())),
        Optional.of(new OwnLatest(row, ring)));
  }

  private record OwnLatest(Row row, Ring ring) implements Latest {
    @Override
    public OptionalDouble value(Metric scalar) {
      return ring.value(scalar);
    }

    @Override
    public List<Item> items(Family family) {
      return ring.items(family);
    }
  }
}
