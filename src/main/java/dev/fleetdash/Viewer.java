package dev.fleetdash;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ReadOnlyArchive;
import dev.fleetdash.fleet.ArchivedFleet;
import dev.fleetdash.fleet.FleetKeys;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.PeerGate;
import dev.fleetdash.fleet.PeerService;
import dev.fleetdash.fleet.Self;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.Recent;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.place.OwnNames;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.web.Node;
import dev.fleetdash.web.Sampling;
import dev.fleetdash.web.Server;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dashboard over an archive in which nothing happens any more: now is its newest row. It
 * samples nothing, asks nobody but the archive, and writes nothing.
 */
final class Viewer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Viewer.class);

  /** Nothing is ever in it. */
  private static final long RING_BYTES = 1 << 20;

  private final Archive archive;
  private final ArchiveReader reader;
  private final Server server;

  /**
   * Starts it; requests are answered when it returns.
   *
   * @throws IOException when the archive cannot be read or is empty, or the port is taken
   */
  static Viewer start(Config config, InstantSource clock) throws IOException, InterruptedException {
    Archive archive = new ReadOnlyArchive(config.storage().open(new Telemetry(clock)));
    try {
      Viewer viewer = new Viewer(config, archive, ArchivedFleet.read(archive));
      viewer.server.start();
      return viewer;
    } catch (IOException | InterruptedException | RuntimeException e) {
      archive.close();
      throw e;
    }
  }

  private Viewer(Config config, Archive archive, ArchivedFleet fleet) {
    this.archive = archive;
    Instant now = fleet.now();
    InstantSource then = InstantSource.fixed(now);
    Telemetry telemetry = new Telemetry(then, () -> 0);
    HostName name = fleet.view().node();
    Version version = Version.ofThisBuild();
    Machine machine =
        new Machine(
            name.value(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            version.number(),
            1);
    Spool spool = Spool.none(telemetry);
    Ring ring = new Ring(RING_BYTES);
    reader = new ArchiveReader(archive, spool, then, System::nanoTime);
    Live live = new Live(name, 1, ring, spool);
    History history = new History(live, nobodyOf(fleet), reader);
    // Nobody has a reason to ask, and without a key nobody is let in.
    PeerGate gate =
        new PeerGate(
            name,
            new FleetKeys(archive, System::nanoTime, telemetry),
            telemetry.clocks(),
            System::nanoTime);
    PeerService peers =
        new PeerService(
            gate, new Self(name, () -> machine, 0, new Stretches(then, () -> 0), ring), live);
    Node node =
        new Node(
            name,
            "",
            config.http().url(),
            version.number(),
            version.commit().orElse("unknown"),
            () -> now,
            archive.location(),
            config.storage().archive().url(),
            config.storage().prices().orElseGet(Prices::builtIn),
            config.shown(),
            Optional.of(now));
    Sampling nothing = new Sampling(ring, spool, () -> Duration.ZERO, () -> false, () -> {});
    server =
        new Server(
            config.http().listen().answering(OwnNames.find()),
            node,
            nothing,
            fleet,
            peers,
            history,
            telemetry,
            then);
    log.info(
        "viewing archive={} now={} hosts={}", archive.location(), now, fleet.view().hosts().size());
  }

  /** Nobody can be asked, but it is known who there was. */
  private static Recent.Lookup nobodyOf(ArchivedFleet fleet) {
    Map<HostName, HostStatus> hosts =
        fleet.view().hosts().stream()
            .collect(Collectors.toUnmodifiableMap(HostStatus::host, Function.identity()));
    return new Recent.Lookup() {
      @Override
      public Optional<Recent> of(HostName host) {
        return Optional.empty();
      }

      @Override
      public boolean knows(HostName host) {
        return hosts.containsKey(host);
      }

      @Override
      public OptionalInt sampleSeconds(HostName host) {
        HostStatus known = hosts.get(host);
        return known == null
            ? OptionalInt.empty()
            : known.machine().stream().mapToInt(Machine::sampleSeconds).findFirst();
      }
    };
  }

  @Override
  public void close() {
    for (AutoCloseable part : List.of(server, reader, archive)) {
      try {
        part.close();
      } catch (Exception e) {
        log.error("close fault", e);
      }
    }
  }
}
