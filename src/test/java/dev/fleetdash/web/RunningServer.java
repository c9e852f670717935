package dev.fleetdash.web;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.fleet.FleetKeys;
import dev.fleetdash.fleet.LiveFleet;
import dev.fleetdash.fleet.PeerClient;
import dev.fleetdash.fleet.PeerGate;
import dev.fleetdash.fleet.PeerService;
import dev.fleetdash.fleet.Self;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.Recent;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Stretches;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The server over real parts on any free port, fed by hand. */
final class RunningServer implements AutoCloseable {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  static final long TS = NOON.getEpochSecond();
  private static final String URL = "/data/archive";
  private static final Machine MACHINE = SampleHost.machine("eu-west-1a", "t4g.small", "1.2.3");

  final FakeClock clock = new FakeClock(NOON.toString());
  final Telemetry telemetry = new Telemetry(clock, clock::nanos);
  final Ring ring = new Ring(1 << 20);
  final AtomicInteger watched = new AtomicInteger();
  final Server server;
  volatile Duration sinceLastTick = Duration.ZERO;
  volatile boolean stalled;

  /** What peers are told of. */
  volatile Recent recent;

  /** Run by the thread that asks whether it is stalled. */
  volatile Runnable asked = () -> {};

  private final Spool spool;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final History history;
  private final Node self;
  private final Self me;
  private final FleetKeys keys;
  private final LiveFleet fleet;
  private final Live live;

  private RunningServer(
      Path folder,
      Set<String> allowedHosts,
      Server.Limits limits,
      @Nullable Archive archive,
      String archiveUrl)
      throws Exception {
    self =
        new Node(
            Rows.HOST,
            "eu-west-1a",
            Optional.of(URI.create("https://metrics.example.org/dash")),
            "1.2.3",
            "0123456789ab",
            () -> NOON,
            "file:data/archive",
            archiveUrl,
            Prices.builtIn(),
            Map.of("FLEETDASH_PORT", "8080"));
    Archive kept = archive == null ? new Unreachable() : archive;
    spool = Spool.open(folder.resolve("spool"), new Spool.Settings(60, 1 << 20), clock, telemetry);
    me =
        new Self(
            Rows.HOST,
            () -> MACHINE,
            1,
            new Stretches(InstantSource.fixed(Instant.ofEpochSecond(TS)), () -> 0),
            ring);
    keys = new FleetKeys(kept, System::nanoTime, telemetry);
    fleet =
        new LiveFleet(
            me,
            kept,
            new PeerClient(
                keys, List.of(AddressBlock.parse("127.0.0.0/8")), Set.of(), telemetry.clocks()),
            clock,
            System::nanoTime,
            telemetry);
    fleet.start();
    live = new Live(Rows.HOST, 1, ring, spool);
    recent = live;
    history = new History(live, fleet, new ArchiveReader(kept, spool, clock, clock::nanos));
    server = server(new Listen("127.0.0.1", 0, allowedHosts), limits);
    server.start();
  }

  static RunningServer in(Path folder) throws Exception {
    return new RunningServer(folder, Set.of(), Server.Limits.DEFAULT, null, URL);
  }

  static RunningServer over(Archive archive, Path folder) throws Exception {
    return new RunningServer(folder, Set.of(), Server.Limits.DEFAULT, archive, URL);
  }

  static RunningServer over(Archive archive, Path folder, String url) throws Exception {
    return new RunningServer(folder, Set.of(), Server.Limits.DEFAULT, archive, url);
  }

  static RunningServer answering(Path folder, String... hosts) throws Exception {
    return new RunningServer(folder, Set.of(hosts), Server.Limits.DEFAULT, null, URL);
  }

  static RunningServer limited(Path folder, Streams.Limits limits) throws Exception {
    return new RunningServer(
        folder, Set.of(), new Server.Limits(limits, Connections.Limits.DEFAULT), null, URL);
  }

  static RunningServer limited(Path folder, Connections.Limits limits) throws Exception {
    return new RunningServer(
        folder,
        Set.of(),
        new Server.Limits(Streams.Limits.DEFAULT, limits),
        new MemoryArchive(),
        URL);
  }

  private Server server(Listen listen, Server.Limits limits) {
    Sampling sampling =
        new Sampling(ring, spool, () -> sinceLastTick, this::isStalled, watched::incrementAndGet);
    return new Server(
        listen,
        self,
        sampling,
        fleet,
        new PeerService(
            new PeerGate(Rows.HOST, keys, telemetry.clocks(), System::nanoTime),
            me,
            (query, into) -> recent.pour(query, into)),
        history,
        telemetry,
        clock,
        limits);
  }

  /** A second server over the same parts, not started. */
  Server another(Listen listen) {
    return server(listen, Server.Limits.DEFAULT);
  }

  /** As the sampler does. */
  void tick(Row row) {
    ring.append(row);
    server.publish(row);
  }

  /** A row with few numbers, {@code seconds} after noon. */
  Row tick(int seconds) {
    Row row = Rows.at(TS + seconds, 1, 0.25);
    tick(row);
    return row;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpResponse<String> get(String path, String... headers)
      throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(path)), headers);
  }

  HttpResponse<String> send(HttpRequest.Builder request, String... headers)
      throws IOException, InterruptedException {
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.timeout(Patience.LIMIT).build(), BodyHandlers.ofString());
  }

  HttpClient client() {
    return client;
  }

  @Override
  public void close() {
    client.shutdownNow();
    server.close();
    fleet.close();
    spool.close();
  }

  /** An archive behind a broken network. */
  private static final class Unreachable implements Archive {
    private static ArchiveException refusal() {
      return new ArchiveException(
          ArchiveException.Kind.UNREACHABLE, "list s3://metrics: no answer");
    }

    @Override
    public Optional<Content> get(String key, long maxBytes) throws IOException {
      throw refusal();
    }

    @Override
    public String put(String key, byte[] bytes) throws IOException {
      throw refusal();
    }

    @Override
    public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
      throw refusal();
    }

    @Override
    public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
      throw refusal();
    }

    @Override
    public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
        throws IOException {
      throw refusal();
    }

    @Override
    public List<String> folders(String prefix, Consumer<String> others) throws IOException {
      throw refusal();
    }

    @Override
    public String location() {
      return "s3://metrics";
    }

    @Override
    public void close() {}
  }

  private boolean isStalled() {
    asked.run();
    return stalled;
  }
}
