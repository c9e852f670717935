package dev.fleetdash;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.archive.Expiry;
import dev.fleetdash.archive.Flusher;
import dev.fleetdash.archive.Retention;
import dev.fleetdash.collect.HostCollectors;
import dev.fleetdash.collect.SampleClock;
import dev.fleetdash.collect.Sampler;
import dev.fleetdash.compact.Compactor;
import dev.fleetdash.compact.DueList;
import dev.fleetdash.compact.OwnArchive;
import dev.fleetdash.fleet.FleetKeys;
import dev.fleetdash.fleet.LiveFleet;
import dev.fleetdash.fleet.PeerClient;
import dev.fleetdash.fleet.PeerGate;
import dev.fleetdash.fleet.PeerService;
import dev.fleetdash.fleet.Self;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.hosts.Writer;
import dev.fleetdash.place.Departure;
import dev.fleetdash.place.DepartureWatch;
import dev.fleetdash.place.MachineId;
import dev.fleetdash.place.OwnNames;
import dev.fleetdash.place.Place;
import dev.fleetdash.place.PlaceFinder;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.OwnerOnly;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.spool.SpoolWriter;
import dev.fleetdash.sql.Describer;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.web.Node;
import dev.fleetdash.web.Sampling;
import dev.fleetdash.web.Server;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of the process, wired in the order in which a sample travels, and closed so that
 * nothing that was sampled is lost and nobody who is still being sent here is refused.
 */
final class App implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(App.class);

  /** A restart goes on with the spool at once, so it does not wait for a bucket that is slow. */
  private static final Duration LAST_FLUSH = Duration.ofSeconds(1);

  /** Of a host that ends the spool mostly ends too. The unit's time to stop has room for it. */
  private static final Duration LAST_FLUSH_OF_HOST = Duration.ofSeconds(20);

  private static final Duration BEFORE_DESCRIBING = Duration.ofMinutes(1);

  private static final Duration LAST_RECORD = Duration.ofSeconds(1);

  /** What a host that ends leaves open, others close. */
  private static final Duration LAST_COMPACTION_OF_HOST = Duration.ofSeconds(15);

  private final Duration drain;
  private final Spool spool;
  private final SpoolWriter spoolWriter;
  private final Archive archive;
  private final Flusher flusher;
  private final Compactor compactor;
  private final ArchiveReader reader;
  private final Describer describer;
  private final FleetKeys keys;
  private final LiveFleet fleet;
  private final Server server;
  private final SamplerStart sampler;
  private final Watchdog watchdog;
  private final DepartureWatch departures;
  private final IdleHeap heap = IdleHeap.ofThisProcess();
  private final List<AutoCloseable> alongside = new ArrayList<>();
  private volatile boolean serving;

  /**
   * Starts everything; requests are answered when it returns.
   *
   * @throws IOException when the port or the spool is taken by another process
   */
  static App start(Config config, Map<String, String> environment, InstantSource clock)
      throws IOException {
    App app = new App(config, environment, clock);
    try {
      app.start();
    } catch (IOException | RuntimeException e) {
      app.close();
      throw e;
    }
    return app;
  }

  private App(Config config, Map<String, String> environment, InstantSource clock)
      throws IOException {
    drain = config.http().drain();
    Telemetry telemetry = new Telemetry(clock);
    Place place = new PlaceFinder(environment, telemetry).find(config.identity().host());

    spool = Spool.open(config.storage().spool(), config.storage().segments(), clock, telemetry);
    spoolWriter = new SpoolWriter(spool, telemetry);
    archive = config.storage().open(telemetry);
    Duration flush = Duration.ofSeconds(config.storage().segments().flushSeconds());
    Duration offset = Flusher.offset(place.host().value(), flush);
    OwnMachine machine = new OwnMachine(config, place, this::port);
    Stretches up = new Stretches(clock, System::nanoTime);
    DueList due = new DueList(config.storage().spool().resolve("due"));
    Registrar registrar =
        new Registrar(
            new HostRecords(archive),
            config.storage().spool().resolve("hosts"),
            place.host(),
            machine::get,
            writer(config.storage()),
            up,
            telemetry.clocks(),
            System::nanoTime,
            this::describeAgain,
            telemetry);
    Archive own = new OwnArchive(archive, registrar, due);
    flusher = new Flusher(spool, own, flush, offset, clock, new SplittableRandom(), telemetry);
    compactor =
        new Compactor(
            own,
            registrar,
            due,
            spool,
            place.host(),
            offset,
            clock,
            System::nanoTime,
            new SplittableRandom(),
            telemetry);
    if (archive instanceof DirectoryArchive directory) {
      Expiry expiry =
          new Expiry(
              new Retention(
                  directory,
                  config.storage().ages(),
                  telemetry.clocks(),
                  System::nanoTime,
                  telemetry),
              telemetry);
      alongside.add(expiry);
      expiry.start();
    }

    describer = new Describer(archive, config.storage().archive().url(), BEFORE_DESCRIBING);
    alongside.add(describer);
    describer.start();

    Ring ring = new Ring(config.sampling().ringBytes());
    Live live =
        new Live(
            place.host(), Math.toIntExact(config.sampling().interval().toSeconds()), ring, spool);

    keys = new FleetKeys(archive, System::nanoTime, telemetry);
    Self self = new Self(place.host(), machine::get, spool.run(), up, ring);
    fleet =
        new LiveFleet(
            self,
            archive,
            new PeerClient(
                keys, config.identity().peersAllowed(), config.ports(), telemetry.clocks()),
            telemetry.clocks(),
            System::nanoTime,
            telemetry);
    PeerService peers =
        new PeerService(
            new PeerGate(place.host(), keys, telemetry.clocks(), System::nanoTime), self, live);

    reader = new ArchiveReader(archive, spool, clock, System::nanoTime);
    History history = new History(live, fleet, reader);

    sampler = new SamplerStart(() -> sampler(config, place, ring, up, telemetry));
    LastWords stoodStill =
        new LastWords(
            "no row was sampled for more than a minute beyond the interval, and starting the"
                + " sampler anew did not help");
    watchdog =
        new Watchdog(
            config.sampling().interval(),
            sampler::lastTickNanos,
            System::nanoTime,
            LockSupport::parkNanos,
            stoodStill::end);
    Version version = Version.ofThisBuild();
    Node node =
        new Node(
            place.host(),
            line(place),
            config.http().url(),
            version.number(),
            version.commit().orElse("unknown"),
            up::started,
            archive.location(),
            config.storage().archive().url(),
            config.storage().prices().orElseGet(Prices::builtIn),
            config.shown());
    Sampling sampling =
        new Sampling(
            ring, spool, sampler::sinceLastTick, sampler::stalled, sampler::lookAtProcesses);
    server =
        new Server(
            config.http().listen().answering(OwnNames.find()).answering(place.names()),
            node,
            sampling,
            fleet,
            peers,
            history,
            telemetry,
            clock);
    departures = new DepartureWatch(environment, telemetry.clocks(), telemetry, this::departing);
  }

  /** An archive that was emptied lacks what each process puts there once. */
  private void describeAgain() {
    var _ = keys.refresh();
    describer.again();
  }

  private Writer writer(Config.Storage storage) {
    return new Writer(
        MachineId.random(
            storage.spool().resolve(OwnMachine.ID_FILE), OwnerOnly.file(storage.spool())),
        spool.run(),
        storage.segments().flushSeconds());
  }

  private Sampler sampler(
      Config config, Place place, Ring ring, Stretches up, Telemetry telemetry) {
    SampleClock clock = SampleClock.system();
    return new Sampler(
        ts -> Row.at(ts, place.host(), spool.run()),
        config.sampling().interval(),
        HostCollectors.of(clock.nanos(), config.sampling().interval()),
        List.of(_ -> up.look(), ring::append, spoolWriter, server::publish),
        clock,
        telemetry);
  }

  private static String line(Place place) {
    return place.instance().map(instance -> instance.zone() + " · " + instance.type()).orElse("");
  }

  private void start() throws IOException {
    sampler.start();
    watchdog.start();
    spoolWriter.start();
    server.start();
    serving = true;
    var _ = keys.refresh();
    fleet.start();
    flusher.start();
    compactor.start();
    departures.start();
    heap.start();
  }

  private void departing(Optional<Departure> departure) {
    server.departing(departure);
    if (departure.filter(Departure::ofTheHost).isPresent()) {
      flusher.hurry();
    } else {
      flusher.relax();
    }
  }

  /** The port requests are answered on. */
  int port() {
    return server.port();
  }

  /**
   * Says draining for as long as is configured while everything goes on; then stops serving, stops
   * sampling, and sees to it that every row is in the archive, or where the host stays at least in
   * the spool.
   */
  @Override
  public void close() {
    Departure departure = departures.whenStopped();
    log.info("stopping departure=\"{}\"", departure);
    departures.close();
    departing(Optional.of(departure));
    awaitDrain();
    Duration lastFlush = departure.ofTheHost() ? LAST_FLUSH_OF_HOST : LAST_FLUSH;
    List<AutoCloseable> inOrder =
        new ArrayList<>(List.of(server, fleet, heap, watchdog, sampler, spoolWriter, spool::seal));
    inOrder.add(() -> log.info("flushed everything={}", flusher.drain(lastFlush)));
    inOrder.add(() -> log.info("closed everything={}", end(departure)));
    inOrder.addAll(alongside);
    inOrder.addAll(List.of(reader, spool, archive));
    for (AutoCloseable part : inOrder) {
      try {
        part.close();
      } catch (Exception e) {
        log.error("close fault", e);
      }
    }
    log.info("stopped");
  }

  private boolean end(Departure departure) {
    return compactor.end(
        departure.reason().text(),
        departure.ofTheHost(),
        departure.ofTheHost() ? LAST_COMPACTION_OF_HOST : LAST_RECORD);
  }

  private void awaitDrain() {
    if (drain.isZero() || !serving) {
      return;
    }
    server.drain();
    log.info("draining for={}", drain);
    try {
      Thread.sleep(drain);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
