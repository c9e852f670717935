package dev.fleetdash.web;

import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Telemetry;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections few enough that what all of them can make the process hold fits into its
 * memory: the head of a request is kept until it is complete, an answer until it is taken. Where
 * there are too many, one of the client that has most is closed, and nobody new is refused. Live
 * streams are counted by {@link Streams}. Safe for use by several threads.
 */
final class Connections implements Connection.Listener {
  /** Bytes of an IPv6 address that are one client's, who has all addresses of its network. */
  private static final int NETWORK_BYTES = 8;

  private static final long ROUND_SECONDS = 1;

  /**
   * @param most of strangers, and as many of this machine and of trusted proxies
   * @param head how long the head of a request may take from its first byte on
   * @param answer how long a client may take to read an answer
   * @param kept bytes of answers that wait to be read, of all clients together
   */
  record Limits(int most, Duration head, Duration answer, long kept) {
    /** With heads of 8 kB, 2 × 256 take less than 10 MB. */
    static final Limits DEFAULT =
        new Limits(256, Duration.ofSeconds(10), Duration.ofSeconds(60), 8 << 20);
  }

  private final List<AddressBlock> trusted;
  private final Limits limits;
  private final LongSupplier nanoTime;
  private final Scheduler scheduler;
  private final Counter cut;

  /** Without the streams. */
  private final Map<Connection, Client> clients = new HashMap<>();

  private long kept;
  private boolean rounds;

  /**
   * @param trusted proxies: a stranger's connections never cost them theirs
   * @param nanoTime as {@link System#nanoTime}
   */
  Connections(
      List<AddressBlock> trusted,
      Limits limits,
      LongSupplier nanoTime,
      Scheduler scheduler,
      Telemetry telemetry) {
    this.trusted = List.copyOf(trusted);
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.scheduler = scheduler;
    this.cut =
        telemetry.counter(
            "connections_cut",
            "Connections closed to make room, or because a request or the reading of an answer took"
                + " too long");
  }

  /** The other end of a connection. */
  private static final class Client {
    private final Connection connection;
    private final Object network;
    private final boolean known;

    /** Bytes of an answer. */
    private long kept;

    /** What was there when it was last looked at. */
    private long requests;

    private long bytes;
    private long activeNanos;
    private Optional<Long> headSince = Optional.empty();
    private Optional<Long> answerSince = Optional.empty();

    Client(Connection connection, Object network, boolean known, long nowNanos) {
      this.connection = connection;
      this.network = network;
      this.known = known;
      this.activeNanos = nowNanos;
    }

    /** A request is there, and nothing of its answer. */
    boolean worksForIt() {
      return connection.getMessagesIn() > connection.getMessagesOut();
    }

    /** An answer waits for it to read. */
    boolean reads() {
      return connection.getEndPoint() instanceof AbstractEndPoint end
          && end.getWriteFlusher().isPending();
    }

    void look(long nowNanos) {
      long newRequests = connection.getMessagesIn();
      long newBytes = connection.getBytesIn();
      if (newRequests != requests) {
        requests = newRequests;
        activeNanos = nowNanos;
        headSince = Optional.empty();
        answerSince = Optional.empty();
      } else if (newBytes != bytes && !worksForIt() && headSince.isEmpty()) {
        headSince = Optional.of(nowNanos);
      }
      bytes = newBytes;
      if (answerSince.isEmpty() && reads()) {
        answerSince = Optional.of(nowNanos);
      }
    }

    boolean overdue(Limits limits, long nowNanos) {
      return (headSince.isPresent() && nowNanos - headSince.get() >= limits.head().toNanos())
          || (answerSince.isPresent()
              && reads()
              && nowNanos - answerSince.get() >= limits.answer().toNanos());
    }
  }

  @Override
  public void onOpened(Connection connection) {
    InetAddress address = address(connection);
    Client client = new Client(connection, network(address), known(address), nanoTime.getAsLong());
    Optional<Client> tooMany;
    synchronized (this) {
      clients.put(connection, client);
      startRounds();
      tooMany = tooMany(client);
      tooMany.ifPresent(this::forget);
    }
    tooMany.ifPresent(this::cut);
  }

  @Override
  public synchronized void onClosed(Connection connection) {
    letGo(connection);
    clients.remove(connection);
  }

  /**
   * Counts bytes of an answer that is kept for that client until it was read. Where that is too
   * much in sum, clients that do not read lose theirs.
   *
   * @return whether there is room
   */
  boolean keep(Connection connection, int bytes) {
    while (true) {
      Optional<Client> slow;
      synchronized (this) {
        Client client = clients.get(connection);
        if (client == null) {
          // Gone, so that nothing will be kept; or a stream, which keeps nothing.
          return true;
        }
        if (kept + bytes <= limits.kept()) {
          kept += bytes;
          client.kept += bytes;
          return true;
        }
        slow = slowest(client);
        slow.ifPresent(this::letGo);
      }
      if (slow.isEmpty()) {
        return false;
      }
      cut(slow.get());
    }
  }

  /** Nothing is kept for that client any more. */
  synchronized void letGo(Connection connection) {
    Client client = clients.get(connection);
    if (client != null) {
      letGo(client);
    }
  }

  private void letGo(Client client) {
    kept -= client.kept;
    client.kept = 0;
  }

  /** Who does not read what is kept for it: of whoever has most kept, for longest. */
  private Optional<Client> slowest(Client but) {
    Map<Object, Long> sums = new HashMap<>();
    clients.values().forEach(client -> sums.merge(client.network, client.kept, Long::sum));
    return clients.values().stream()
        .filter(client -> client != but && client.kept > 0 && client.reads())
        .min(
            Comparator.comparingLong((Client client) -> -sums.getOrDefault(client.network, 0L))
                .thenComparingLong(client -> client.activeNanos));
  }

  /** From now on the connection is a live stream's, and not counted here. */
  synchronized void streams(Connection connection) {
    clients.remove(connection);
  }

  /** The stream has ended, and the connection may have been left open. */
  void streamed(Connection connection) {
    if (connection.getEndPoint().isOpen()) {
      onOpened(connection);
      if (!connection.getEndPoint().isOpen()) {
        onClosed(connection);
      }
    }
  }

  /**
   * Closes one that does nothing, or only reads, of whoever has most.
   *
   * @return whether there was one
   */
  boolean makeRoom() {
    Optional<Client> spared;
    synchronized (this) {
      spared = spared(List.copyOf(clients.values()));
      spared.ifPresent(this::forget);
    }
    spared.ifPresent(this::cut);
    return spared.isPresent();
  }

  private Optional<Client> tooMany(Client newest) {
    List<Client> alike =
        clients.values().stream().filter(client -> client.known == newest.known).toList();
    return alike.size() <= limits.most()
        ? Optional.empty()
        : spared(alike).or(() -> Optional.of(newest));
  }

  /** Whom to close: of the client with most connections, one that waits for it, for longest. */
  private static Optional<Client> spared(List<Client> alike) {
    Map<Object, Integer> counts = new HashMap<>();
    alike.forEach(client -> counts.merge(client.network, 1, Integer::sum));
    return alike.stream()
        .filter(client -> !client.worksForIt())
        .min(
            Comparator.comparingInt((Client client) -> -counts.getOrDefault(client.network, 0))
                .thenComparing(Client::reads)
                .thenComparingLong(client -> client.activeNanos));
  }

  /** At once: it is told of as closed only later, and until then is not to be chosen again. */
  private void forget(Client client) {
    letGo(client);
    clients.remove(client.connection);
  }

  private void cut(Client client) {
    cut.increment();
    client.connection.getEndPoint().close();
  }

  private void startRounds() {
    if (!rounds) {
      rounds = true;
      scheduler.schedule(this::round, ROUND_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Once a second, while there is a connection that is no stream. */
  private void round() {
    List<Client> overdue;
    synchronized (this) {
      rounds = false;
      long now = nanoTime.getAsLong();
      clients.values().forEach(client -> client.look(now));
      overdue = clients.values().stream().filter(client -> client.overdue(limits, now)).toList();
      if (!clients.isEmpty()) {
        startRounds();
      }
    }
    overdue.forEach(this::cut);
  }

  private boolean known(@Nullable InetAddress address) {
    return address != null
        && (address.isLoopbackAddress()
            || trusted.stream().anyMatch(block -> block.contains(address)));
  }

  private static @Nullable InetAddress address(Connection connection) {
    return connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress from
        ? from.getAddress()
        : null;
  }

  private static Object network(@Nullable InetAddress address) {
    return address instanceof Inet6Address wide
        ? ByteBuffer.wrap(wide.getAddress(), 0, NETWORK_BYTES)
        : Objects.requireNonNullElse(address, "");
  }
}
