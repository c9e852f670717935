package dev.fleetdash;

import dev.fleetdash.hosts.Machine;
import dev.fleetdash.place.MachineId;
import dev.fleetdash.place.OwnAddress;
import dev.fleetdash.place.Place;
import org.jspecify.annotations.Nullable;

/** What this host's records say of its machine. Found out when it is first asked for. */
final class OwnMachine {
  private final Config config;
  private final Place place;
  private @Nullable Machine found;

  OwnMachine(Config config, Place place) {
    this.config = config;
    this.place = place;
  }

  synchronized Machine get() {
    Machine known = found;
    if (known == null) {
      known =
          new Machine(
              MachineId.of(place, config.storage().spool().resolve("machine")),
              place.instance().map(Place.Instance::zone),
              place.instance().map(Place.Instance::type),
              place.instance().map(Place.Instance::id),
              config.identity().advertise().or(OwnAddress::find),
              Version.ofThisBuild().number(),
              Math.toIntExact(config.sampling().interval().toSeconds()));
      found = known;
    }
    return known;
  }
}
