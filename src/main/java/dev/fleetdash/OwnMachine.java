package dev.fleetdash;

import dev.fleetdash.hosts.Machine;
import dev.fleetdash.place.MachineId;
import dev.fleetdash.place.OwnAddress;
import dev.fleetdash.place.Place;
import dev.fleetdash.spool.OwnerOnly;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What this host's records say of its machine. Found out when it is first asked for. */
final class OwnMachine {
  /** In the spool, a random id; see {@link MachineId}. */
  static final String ID_FILE = "machine";

  private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");
  private static final Pattern WITH_PORT = Pattern.compile(".*[^:]:\\d{1,5}|\\[.*]:\\d{1,5}");

  private final Config config;
  private final Place place;
  private final IntSupplier port;
  private @Nullable Machine found;

  /**
   * @param port at which this process listens, once it does
   */
  OwnMachine(Config config, Place place, IntSupplier port) {
    this.config = config;
    this.place = place;
    this.port = port;
  }

  synchronized Machine get() {
    Machine known = found;
    if (known == null) {
      Path spool = config.storage().spool();
      known =
          new Machine(
              MachineId.of(place, spool.resolve(ID_FILE), OwnerOnly.file(spool)),
              place.instance().map(Place.Instance::zone),
              place.instance().map(Place.Instance::type),
              place.instance().map(Place.Instance::id),
              address(),
              Version.ofThisBuild().number(),
              Math.toIntExact(config.sampling().interval().toSeconds()));
      found = known;
    }
    return known;
  }

  /**
   * Where peers reach this process: as is configured, else at the address it listens on, or where
   * it listens on all of them at the private one.
   */
  private Optional<String> address() {
    String bound = config.http().listen().address();
    return config
        .identity()
        .advertise()
        .or(() -> EVERY_ADDRESS.contains(bound) ? OwnAddress.find() : Optional.of(bound))
        .map(this::withPort);
  }

  private String withPort(String address) {
    if (address.indexOf(':') != address.lastIndexOf(':') && !address.startsWith("[")) {
      return "[" + address + "]:" + port.getAsInt();
    }
    return WITH_PORT.matcher(address).matches() ? address : address + ":" + port.getAsInt();
  }
}
