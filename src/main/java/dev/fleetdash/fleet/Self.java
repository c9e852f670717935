package dev.fleetdash.fleet;

import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * This host, which asks nobody about itself.
 *
 * @param machine found out when it is first asked for
 * @param run this process start
 * @param up when it was
 */
public record Self(HostName host, Supplier<Machine> machine, long run, Stretches up, Ring ring) {

  HostStatus status(long now, List<Run> recorded) {
    Run current = new Run(run, up.start(), now, Optional.empty());
    return new HostStatus(
        host,
        State.LIVE,
        Optional.empty(),
        up.started().getEpochSecond(),
        Optional.of(machine.get()),
        Registry.joined(recorded, List.of(current)),
        ring.newest().map(row -> new Newest(row, ring)));
  }

  /** What this host tells a peer of its newest rows. */
  public byte[] report(OptionalLong after) {
    return LiveReport.of(host, ring, after);
  }

  private record Newest(Row row, Ring ring) implements Latest {
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
