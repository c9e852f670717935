package dev.fleetdash.web;

import dev.fleetdash.fleet.Fleet;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Telemetry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The live streams (server-sent events): each row goes to every client, encoded once.
 *
 * <p>All clients are served by one thread of its own, which neither the sampler nor a client can
 * hold up, and which sleeps while there are none. A client that does not read misses rows, and is
 * dropped when it has not read for long. Safe for use by several threads.
 */
final class Streams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Streams.class);
  static final byte[] RETRY = "retry: 1000\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.UTF_8);
  private static final long CHECK_SECONDS = 1;

  /**
   * Bytes of request heads in sum: each stream keeps its own as long as it lasts, and what is made
   * of it takes up to four times as much. A browser sends some 700, so that this is for 4,500.
   */
  private static final long MOST_HEADS = 3 << 20;

  /** Into each second, when peers have mostly answered. */
  private static final long BEAT_MILLIS = 600;

  /**
   * @param streams at most so many at a time
   * @param quiet after so long without an event a comment keeps the connection up
   * @param stuck after so long without reading a client is dropped
   */
  record Limits(int streams, Duration quiet, Duration stuck) {
    static final Limits DEFAULT = new Limits(5000, Duration.ofSeconds(15), Duration.ofSeconds(30));
  }

  private final Sampling sampling;
  private final FleetStreams fleet;
  private final Connections connections;
  private final InstantSource clock;
  private final Limits limits;
  private final LongSupplier nanoTime;
  private final Counter rowsSkipped;
  private final Counter dropped;
  private final Set<Stream> all = ConcurrentHashMap.newKeySet();

  /** Those of them that watch this host. */
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong heads = new AtomicLong();
  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("streams").daemon().factory());

  /** What is done each second while there are streams; only the thread touches it. */
  private List<ScheduledFuture<?>> rounds = List.of();

  Streams(
      Sampling sampling,
      Fleet fleet,
      Connections connections,
      Limits limits,
      InstantSource clock,
      LongSupplier nanoTime,
      Telemetry telemetry) {
    this.sampling = sampling;
    this.fleet = new FleetStreams(fleet, clock);
    this.connections = connections;
    this.clock = clock;
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.rowsSkipped =
        telemetry.counter(
            "stream_rows_skipped",
            "Rows not sent to a client of the live stream that was too slow");
    this.dropped =
        telemetry.counter("streams_dropped", "Live streams closed because the client did not read");
    thread.setRemoveOnCancelPolicy(true);
  }

  /** Begins to send to a client that is let in. */
  private interface Beginning {
    void begin(Stream stream, long nowNanos);
  }

  /**
   * Adds a client that watches this host.
   *
   * @param lastSeen the {@code ts} that the client had last, if it comes back
   * @return completed when the stream has ended
   * @throws ApiException where there are too many, or the server is closing
   */
  CompletableFuture<@Nullable Void> open(
      Request request, Response response, OptionalLong lastSeen) {
    return open(request, response, (stream, now) -> begin(stream, lastSeen, now));
  }

  /** Likewise, one that watches another host. */
  CompletableFuture<@Nullable Void> open(
      Request request, Response response, HostName host, OptionalLong lastSeen) {
    return open(request, response, (stream, now) -> fleet.begin(stream, host, lastSeen, now));
  }

  /** Likewise, one that watches the fleet, and has those hosts on its screen. */
  CompletableFuture<@Nullable Void> open(
      Request request, Response response, List<HostName> onScreen) {
    return open(request, response, (stream, now) -> fleet.begin(stream, onScreen, now));
  }

  private CompletableFuture<@Nullable Void> open(
      Request request, Response response, Beginning beginning) {
    long head = headBytes(request);
    admit(request, head);
    Connection connection = request.getConnectionMetaData().getConnection();
    connections.streams(connection);
    Stream stream = new Stream(request, response, nanoTime.getAsLong());
    CompletableFuture<@Nullable Void> left =
        stream
            .ended()
            .whenComplete((_, _) -> {
              all.remove(stream);
              streams.remove(stream);
              open.decrementAndGet();
              heads.addAndGet(-head);
              connections.streamed(connection);
              forget(stream);
            });
    try {
      thread.execute(() -> begin(stream, beginning));
    } catch (RejectedExecutionException _) {
      stream.end();
    }
    return left;
  }

  private synchronized void admit(Request request, long head) {
    Optional<ApiException> refusal = refusal(request, head);
    if (refusal.isPresent()) {
      throw refusal.get();
    }
    open.incrementAndGet();
    heads.addAndGet(head);
  }

  /** Why that client would not be let in now: known before anything is made of its request. */
  Optional<ApiException> refusal(Request request) {
    return refusal(request, headBytes(request));
  }

  private Optional<ApiException> refusal(Request request, long head) {
    if (moreFollows(request)) {
      return Optional.of(
          new ApiException(
              ApiError.BAD_REQUEST,
              "a live stream is the last thing on its connection; send no body, and ask for"
                  + " anything else on another one"));
    }
    if (open.get() >= limits.streams()) {
      return Optional.of(
          new ApiException(
              ApiError.TOO_MANY_STREAMS,
              "there are already "
                  + limits.streams()
                  + " live streams on this node; try another node, or later"));
    }
    if (heads.get() + head > MOST_HEADS) {
      return Optional.of(
          new ApiException(
              ApiError.TOO_MANY_STREAMS,
              "the live streams on this node keep too much already; ask with fewer hosts and"
                  + " headers, try another node, or later"));
    }
    return Optional.empty();
  }

  /** What is not read would be kept outside the heap, 8 kB a stream, as long as it lasts. */
  private static boolean moreFollows(Request request) {
    return Guard.hasBody(request)
        || (request.getConnectionMetaData() instanceof HttpConnection connection
            && !connection.isRequestBufferEmpty());
  }

  private static long headBytes(Request request) {
    long bytes = request.getHttpURI().asString().length();
    for (HttpField field : request.getHeaders()) {
      bytes +=
          field.getName().length() + (field.getValue() == null ? 0 : field.getValue().length());
    }
    return bytes;
  }

  private void begin(Stream stream, Beginning beginning) {
    all.add(stream);
    try {
      startRounds();
      beginning.begin(stream, nanoTime.getAsLong());
    } catch (RejectedExecutionException _) {
      stream.end();
    } catch (RuntimeException | Error e) {
      log.error("a stream did not begin", e);
      stream.drop();
    }
    if (stream.ended().isDone()) {
      all.remove(stream);
      streams.remove(stream);
      left(stream);
    }
  }

  private void left(Stream stream) {
    fleet.left(stream);
    if (all.isEmpty()) {
      stopRounds();
    }
  }

  private void startRounds() {
    if (!rounds.isEmpty()) {
      return;
    }
    long second = TimeUnit.SECONDS.toMillis(1);
    long delay = Math.floorMod(BEAT_MILLIS - clock.millis(), second);
    rounds =
        List.of(
            thread.scheduleWithFixedDelay(
                this::check, CHECK_SECONDS, CHECK_SECONDS, TimeUnit.SECONDS),
            thread.scheduleAtFixedRate(this::beat, delay, second, TimeUnit.MILLISECONDS));
  }

  private void stopRounds() {
    rounds.forEach(round -> round.cancel(false));
    rounds = List.of();
  }

  /** Whether nothing is to be done before another client comes: the thread does not wake. */
  boolean idle() {
    return thread.getQueue().isEmpty() && thread.getActiveCount() == 0;
  }

  private void forget(Stream stream) {
    try {
      thread.execute(() -> left(stream));
    } catch (RejectedExecutionException _) {
      // Closed meanwhile: nothing more is sent to anybody.
    }
  }

  /** Sends the row to everyone; returns at once. */
  void publish(Row row) {
    if (streams.isEmpty()) {
      return;
    }
    try {
      thread.execute(() -> send(row));
    } catch (RejectedExecutionException _) {
      // Closed meanwhile: nobody is left to send it to.
    }
  }

  int count() {
    return open.get();
  }

  private void begin(Stream stream, OptionalLong lastSeen, long nowNanos) {
    List<Row> missed =
        lastSeen.isPresent() ? sampling.ring().after(lastSeen.getAsLong()) : List.of();
    List<Row> rows = missed.isEmpty() ? sampling.ring().newest().stream().toList() : missed;
    List<byte[]> events = new ArrayList<>(rows.size() + 1);
    events.add(RETRY);
    rows.forEach(row -> events.add(event(row)));
    streams.add(stream);
    stream.begin(events, rows.isEmpty() ? null : rows.getLast(), nowNanos);
  }

  private void send(Row row) {
    try {
      sampling.watched().run();
      byte[] event = event(row);
      long now = nanoTime.getAsLong();
      for (Stream stream : streams) {
        if (!stream.offer(row, event, now)) {
          rowsSkipped.increment();
        }
      }
    } catch (RuntimeException | Error e) {
      log.error("a row was not sent to all streams", e);
    }
  }

  private void beat() {
    try {
      rowsSkipped.add(fleet.beat(nanoTime.getAsLong()));
    } catch (RuntimeException | Error e) {
      log.error("news of the fleet were not sent to all streams", e);
    }
  }

  private void check() {
    try {
      long now = nanoTime.getAsLong();
      for (Stream stream : all) {
        if (stream.stuck(limits.stuck().toNanos(), now)) {
          dropped.increment();
          stream.drop();
        } else {
          stream.keepAlive(COMMENT, limits.quiet().toNanos(), now);
        }
      }
    } catch (RuntimeException | Error e) {
      log.error("streams were not all looked after", e);
    }
  }

  /** A row as an event. */
  static byte[] event(Row row) {
    byte[] head = ("id: " + row.ts() + "\ndata: ").getBytes(StandardCharsets.UTF_8);
    byte[] json = row.json();
    byte[] event = new byte[head.length + json.length + 2];
    System.arraycopy(head, 0, event, 0, head.length);
    System.arraycopy(json, 0, event, head.length, json.length);
    event[event.length - 2] = '\n';
    event[event.length - 1] = '\n';
    return event;
  }

  /** Ends all streams without waiting for slow clients. */
  @Override
  public void close() {
    try {
      thread.execute(() -> all.forEach(Stream::end));
    } catch (RejectedExecutionException _) {
      return;
    }
    thread.shutdown();
    try {
      if (!thread.awaitTermination(1, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException _) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
