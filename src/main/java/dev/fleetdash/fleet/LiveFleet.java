package dev.fleetdash.fleet;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.history.Budget;
import dev.fleetdash.history.Recent;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fleet, kept up to date while somebody looks, for all who look together, and not at all while
 * nobody does. Safe for use by several threads.
 */
public final class LiveFleet implements Fleet, Recent.Lookup, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveFleet.class);

  private static final Duration TICK = Duration.ofSeconds(1);

  /** Into each second, so that peers have sampled it. */
  private static final Duration OFFSET = Duration.ofMillis(250);

  static final Duration FAST = Duration.ofSeconds(1);
  static final Duration SLOW = Duration.ofSeconds(15);

  private static final Duration PATIENCE = Duration.ofMillis(2500);
  private static final int LARGEST_ANSWER = 1 << 20;

  private static final int ASKED_AT_ONCE = 128;
  private static final int TRACED_AT_ONCE = 4;
  private static final long NEVER = Long.MIN_VALUE;

  private final Self self;
  private final Registry registry;
  private final Timeline timeline;
  private final Traces traces;
  private final PeerClient client;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final PeerClient.Bounds bounds;
  private final Budget histories = PeerRecent.budget();
  private final Part part;
  private final Map<HostName, Peer> peers = new ConcurrentSkipListMap<>();
  private final Attention attention = new Attention();
  private final Semaphore asks = new Semaphore(ASKED_AT_ONCE);
  private final Semaphore tracing = new Semaphore(TRACED_AT_ONCE);
  private final AtomicBoolean reading = new AtomicBoolean();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("fleet-", 0).factory());
  private final Object changed = new Object();
  private volatile long readAt = NEVER;
  private volatile boolean asleep;
  private volatile boolean closed;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public LiveFleet(
      Self self,
      Archive archive,
      PeerClient client,
      InstantSource clock,
      LongSupplier nanoTime,
      Telemetry telemetry) {
    this(self, archive, client, PATIENCE, clock, nanoTime, telemetry);
  }

  /**
   * @param patience how long a peer may take to answer
   */
  LiveFleet(
      Self self,
      Archive archive,
      PeerClient client,
      Duration patience,
      InstantSource clock,
      LongSupplier nanoTime,
      Telemetry telemetry) {
    this.self = self;
    this.registry = new Registry(new HostRecords(archive), clock, nanoTime, Room.ofHeap());
    this.timeline = new Timeline(registry);
    this.traces = new Traces(archive);
    this.client = client;
    this.bounds = new PeerClient.Bounds(patience, LARGEST_ANSWER);
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.part = telemetry.part("peers");
  }

  /** Begins to wait for those who look. */
  public void start() {
    tellIdle();
    threads.execute(this::run);
  }

  private void run() {
    try {
      while (!closed) {
        awaitLook();
        tick();
        long millis = clock.millis() - OFFSET.toMillis();
        Thread.sleep(TICK.toMillis() - Math.floorMod(millis, TICK.toMillis()));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitLook() throws InterruptedException {
    synchronized (changed) {
      while (!closed && !attention.any(nanoTime.getAsLong())) {
        tellIdle();
        asleep = true;
        changed.wait();
        asleep = false;
      }
    }
  }

  private void tellIdle() {
    part.up("nobody looks; %d peers known".formatted(peers.size()));
  }

  /** Asks everyone whose turn it is; returns at once. */
  void tick() {
    try {
      readRecords();
      turn();
      tell();
    } catch (RejectedExecutionException _) {
      // Closing.
    } catch (RuntimeException | Error e) {
      log.error("the fleet was not looked after", e);
    }
  }

  private void turn() {
    long nanos = nanoTime.getAsLong();
    registry
        .hosts()
        .forEach((host, entry) -> {
          if (!host.equals(self.host())) {
            peers.computeIfAbsent(host, Peer::new).recorded(entry);
          }
        });
    peers.keySet().removeIf(host -> !registry.hosts().containsKey(host));
    attention.expire(nanos);
    peers.values().forEach(peer -> turn(peer, nanos));
  }

  private void readRecords() {
    if (reading.compareAndSet(false, true)) {
      threads.execute(() -> {
        try {
          registry.refresh();
          readAt = nanoTime.getAsLong();
          // Who is new is asked at once: somebody waits for the page.
          turn();
          signal();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        } catch (RejectedExecutionException _) {
          // Closing.
        } finally {
          reading.set(false);
        }
      });
    }
  }

  private void turn(Peer peer, long nanos) {
    long wall = now();
    Duration interval = attention.at(peer.host()) ? FAST : SLOW;
    if (peer.begin(nanos, wall, interval)) {
      threads.execute(() -> ask(peer, interval));
    }
    beginTrace(peer);
  }

  private void beginTrace(Peer peer) {
    if (peer.beginTrace(nanoTime.getAsLong(), now())) {
      threads.execute(() -> trace(peer));
    }
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private void ask(Peer peer, Duration interval) {
    boolean queued = interval.equals(SLOW);
    try {
      if (queued) {
        asks.acquire();
      }
      try {
        boolean followed = attention.follows(peer.host());
        LiveReport report = ask(peer, followed, interval);
        peer.answered(report, nanoTime.getAsLong(), now(), interval, followed);
      } catch (PeerException e) {
        if (peer.failed(e.reason(), nanoTime.getAsLong())) {
          registry.reread(peer.host());
          Optional.ofNullable(registry.hosts().get(peer.host())).ifPresent(peer::recorded);
        }
        beginTrace(peer);
      } finally {
        if (queued) {
          asks.release();
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      log.error("a peer was not asked", e);
      peer.failed("it could not be asked", nanoTime.getAsLong());
    }
    signal();
  }

  private LiveReport ask(Peer peer, boolean followed, Duration interval)
      throws PeerException, InterruptedException {
    String address =
        peer.address().orElseThrow(() -> new PeerException("its record has no address"));
    OptionalLong after =
        interval.equals(FAST) ? peer.newest(nanoTime.getAsLong()) : OptionalLong.empty();
    String path = PeerPaths.live(after, followed);
    return LiveReport.read(peer.host(), client.get(address, peer.host(), path, bounds));
  }

  private void trace(Peer peer) {
    try {
      tracing.acquire();
      try {
        peer.traced(
            traces.find(
                peer.host(), peer.traceFrom(now()), peer.traceTo(now()), peer.itsTime(now())),
            nanoTime.getAsLong());
      } catch (IOException e) {
        peer.traceFailed(
            "it does not answer, and the archive cannot be read: " + e.getMessage(),
            nanoTime.getAsLong());
      } finally {
        tracing.release();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      log.error("the archive was not asked about a peer", e);
      peer.traceFailed("the archive could not be asked about it", nanoTime.getAsLong());
    }
    signal();
  }

  @Override
  public Optional<Recent> of(HostName host) {
    look(List.of(host));
    Peer peer = peers.get(host);
    return peer != null && peer.worthAsking(nanoTime.getAsLong(), now())
        ? peer.address().map(address -> new PeerRecent(client, host, address, histories))
        : Optional.empty();
  }

  @Override
  public boolean knows(HostName host) {
    return registry.hosts().containsKey(host) || peers.containsKey(host);
  }

  @Override
  public OptionalInt sampleSeconds(HostName host) {
    Registry.Entry known = registry.hosts().get(host);
    return known == null
        ? OptionalInt.empty()
        : OptionalInt.of(known.newest().machine().sampleSeconds());
  }

  private void signal() {
    synchronized (changed) {
      changed.notifyAll();
    }
  }

  /** Whether nobody is asked before somebody looks. */
  boolean asleep() {
    return asleep;
  }

  /** Whether nothing is under way. */
  boolean idle() {
    return !reading.get() && peers.values().stream().noneMatch(Peer::busy);
  }

  private void tell() {
    Optional<String> trouble = registry.trouble();
    if (trouble.isPresent()) {
      part.failing(trouble.get());
      return;
    }
    long nanos = nanoTime.getAsLong();
    long live =
        peers.values().stream()
            .filter(peer -> peer.status(nanos, now()).state() == State.LIVE)
            .count();
    part.up("%d of %d peers live".formatted(live, peers.size()));
  }

  @Override
  public FleetView view() {
    long nanos = nanoTime.getAsLong();
    long wall = now();
    List<HostStatus> hosts = new ArrayList<>();
    Optional<Registry.Entry> own = Optional.ofNullable(registry.hosts().get(self.host()));
    hosts.add(self.status(wall, own.map(Registry.Entry::runs).orElse(List.of())));
    peers.values().forEach(peer -> hosts.add(peer.status(nanos, wall)));
    hosts.sort(Comparator.comparing(HostStatus::host));
    return new FleetView(wall, self.host(), hosts, registry.trouble());
  }

  @Override
  public void look(Collection<HostName> hosts) {
    if (attention.look(hosts, nanoTime.getAsLong())) {
      signal();
    }
  }

  @Override
  public FleetView looked(Collection<HostName> hosts, Duration patience)
      throws InterruptedException {
    look(hosts);
    long from = attention.since();
    long end = System.nanoTime() + patience.toNanos();
    synchronized (changed) {
      for (long left = patience.toMillis();
          left > 0 && !asked(hosts, from);
          left = (end - System.nanoTime()) / 1_000_000) {
        changed.wait(left);
      }
    }
    return view();
  }

  private boolean asked(Collection<HostName> hosts, long from) {
    if (readAt == NEVER || readAt - from < 0) {
      return false;
    }
    if (hosts.isEmpty()) {
      return registry.hosts().keySet().stream().allMatch(host -> asked(host, from));
    }
    return hosts.stream().allMatch(host -> asked(host, from));
  }

  private boolean asked(HostName host, long from) {
    if (host.equals(self.host()) || !registry.hosts().containsKey(host)) {
      return true;
    }
    Peer peer = peers.get(host);
    return peer != null && peer.settledSince(from, now());
  }

  @Override
  public List<Row> follow(HostName host, long ts) {
    if (host.equals(self.host())) {
      return self.ring().after(ts);
    }
    look(List.of(host));
    attention.follow(host, nanoTime.getAsLong());
    Peer peer = peers.get(host);
    return peer == null ? List.of() : peer.after(ts);
  }

  @Override
  public FleetEvents events(long from, long to) throws IOException, InterruptedException {
    return timeline.between(from, to, view().hosts());
  }

  /** Ends all questions. */
  @Override
  public void close() {
    closed = true;
    signal();
    threads.shutdownNow();
    client.close();
  }
}
