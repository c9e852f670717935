package dev.fleetdash.web;

import dev.fleetdash.fleet.Fleet;
import dev.fleetdash.fleet.FleetEvents;
import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import dev.fleetdash.fleet.State;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers that are not of this host alone. On threads of their own, because they may wait a
 * moment for peers, or for the archive. Safe for use by several threads.
 */
final class FleetApi implements AutoCloseable {
  static final String STATE_FIELD = "X-Fleetdash-State";
  private static final int AT_ONCE = 64;

  /** The page never waits for a peer that is slow. */
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  private static final Duration LONGEST = Duration.ofDays(31);
  private static final int MOST_ON_SCREEN = 200;
  private static final Duration SHARED = Duration.ofMillis(500);
  private static final Duration BUSY_AFTER = Duration.ofSeconds(10);

  private final Fleet fleet;
  private final HostName self;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Answers answers;
  private final Semaphore places = new Semaphore(AT_ONCE);

  /** To make an answer that holds all of the fleet: megabytes, where that is large. */
  private final Semaphore encoding = new Semaphore(1, true);

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("fleet-api-", 0).factory());

  /** What happened is put together for one at a time: of many hosts that is megabytes, too. */
  private final Semaphore reading = new Semaphore(1, true);

  private volatile @Nullable Encoded last;

  @SuppressWarnings("ArrayRecordComponent")
  private record Encoded(long nanos, byte[] json) {}

  /** Sends an answer. */
  interface Answer {
    CompletableFuture<?> send() throws IOException, InterruptedException;
  }

  FleetApi(
      Fleet fleet, HostName self, InstantSource clock, LongSupplier nanoTime, Answers answers) {
    this.fleet = fleet;
    this.self = self;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.answers = answers;
  }

  void fleet(Context ctx) {
    Parameters.of(ctx.req().getQueryString(), List.of());
    answer(ctx, () -> answers.compressed(ctx, 200, Errors.JSON_TYPE, encoded()));
  }

  private byte[] encoded() throws InterruptedException {
    fleet.looked(List.of(), PATIENCE);
    encoding.acquire();
    try {
      long nanos = nanoTime.getAsLong();
      Encoded known = last;
      if (known != null && nanos - known.nanos() < SHARED.toNanos()) {
        return known.json();
      }
      byte[] json = FleetJson.fleet(fleet.view());
      last = new Encoded(nanos, json);
      return json;
    } finally {
      encoding.release();
    }
  }

  /** Whom a client of the fleet's stream shows. */
  static List<HostName> onScreen(Parameters parameters) {
    String names = parameters.get("hosts").orElse("");
    if (names.isEmpty()) {
      return List.of();
    }
    List<HostName> hosts =
        Arrays.stream(names.split(",", MOST_ON_SCREEN + 1))
            .map(name -> RangeParameters.host("hosts", name))
            .toList();
    if (hosts.size() > MOST_ON_SCREEN) {
      throw new ApiException(
          ApiError.TOO_MUCH, "'hosts' names more than " + MOST_ON_SCREEN, "hosts");
    }
    return hosts;
  }

  void events(Context ctx) {
    Parameters parameters = Parameters.of(ctx.req().getQueryString(), List.of("from", "to"));
    Instant now = clock.instant();
    long from = RangeParameters.time("from", parameters.get("from").orElse("-24h"), now);
    long to = RangeParameters.time("to", parameters.get("to").orElse("now"), now);
    if (from >= to || to - from > LONGEST.toSeconds()) {
      throw new ApiException(
          ApiError.BAD_RANGE,
          "'from' is before 'to', by " + LONGEST.toDays() + " days at most",
          "from");
    }
    answer(
        ctx,
        () -> {
          fleet.looked(List.of(), PATIENCE);
          return answers.send(ctx, 200, Errors.JSON_TYPE, events(from, to));
        });
  }

  private byte[] events(long from, long to) throws IOException, InterruptedException {
    if (!reading.tryAcquire(BUSY_AFTER.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new ApiException(
          ApiError.BUSY, "others ask what happened, and the archive is slow; try again");
    }
    try {
      FleetEvents events = fleet.events(from, to);
      encoding.acquire();
      try {
        return FleetJson.events(events);
      } finally {
        encoding.release();
      }
    } finally {
      reading.release();
    }
  }

  /** The newest row of another host, with what state that host is in. */
  void live(Context ctx, HostName host) {
    answer(ctx, () -> sendLive(ctx, host));
  }

  private CompletableFuture<?> sendLive(Context ctx, HostName host) throws InterruptedException {
    HostStatus status = known(host);
    Row row =
        status
            .latest()
            .map(Latest::row)
            .orElseThrow(() ->
                new ApiException(
                    ApiError.NO_ROW,
                    "no row of host " + host + " can be had: " + status.reason().orElse("unknown"),
                    "host"));
    ctx.res().setHeader(Headers.HOST_FIELD, host.value());
    ctx.res().setHeader(STATE_FIELD, status.state().text());
    return answers.send(ctx, 200, Errors.JSON_TYPE, row.json());
  }

  /** Completes when the host is known, or fails. */
  CompletableFuture<State> find(HostName host) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return known(host).state();
          } catch (InterruptedException e) {
            throw stopping(e);
          }
        },
        threads);
  }

  /** Has the hosts of a chart asked, or their records read, before the chart is. */
  void look(RangeQuery query) throws InterruptedException {
    if (!query.hosts().equals(List.of(self))) {
      fleet.looked(query.hosts(), PATIENCE);
    }
  }

  private HostStatus known(HostName host) throws InterruptedException {
    FleetView view = fleet.looked(List.of(host), PATIENCE);
    return view.hosts().stream()
        .filter(one -> one.host().equals(host))
        .findFirst()
        .orElseThrow(() -> unknown(host, view));
  }

  /** A host that is not known because nobody could look is not one that is not there. */
  private static ApiException unknown(HostName host, FleetView view) {
    return view.trouble()
        .map(why ->
            new ApiException(
                ApiError.STORAGE_UNREACHABLE,
                "whether there is a host " + host + " is unknown: " + why))
        .orElseGet(() ->
            new ApiException(
                ApiError.UNKNOWN_HOST,
                "no host " + host + " was heard of in the last 24 hours",
                "host"));
  }

  /** Makes it on another thread, which may wait; none waits until it is read. */
  void answer(Context ctx, Answer answer) {
    if (!places.tryAcquire()) {
      throw new ApiException(
          ApiError.BUSY, AT_ONCE + " such requests are already under way; try again");
    }
    try {
      ctx.future(
          () -> CompletableFuture.completedFuture(answer).thenComposeAsync(this::run, threads));
    } catch (RuntimeException e) {
      places.release();
      throw e;
    }
  }

  private CompletableFuture<?> run(Answer answer) {
    try {
      return answer.send();
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException e) {
      throw stopping(e);
    } finally {
      places.release();
    }
  }

  private static ApiException stopping(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ApiException(
        ApiError.BUSY, "this node is stopping; ask another one, or try again: " + e.getMessage());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
