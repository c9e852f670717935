package dev.fleetdash.web;

import dev.fleetdash.fleet.HistoryReport;
import dev.fleetdash.fleet.PeerGate.Pass;
import dev.fleetdash.fleet.PeerGate.Verdict;
import dev.fleetdash.fleet.PeerPaths;
import dev.fleetdash.fleet.PeerService;
import dev.fleetdash.history.Budget;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.Recent;
import dev.fleetdash.history.TooMuchException;
import dev.fleetdash.sample.Metric;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * The answers for peers, each signed, and of this host alone: nobody else is asked for them. On
 * threads of their own, because a signature of a new key has the archive read. Those of the past
 * are made when there is memory for them, and keep none of the newest rows waiting. Safe for use by
 * several threads.
 */
final class PeerApi implements AutoCloseable {
  private static final List<String> LIVE_NAMES = List.of(PeerPaths.AFTER, PeerPaths.FOLLOWED);
  private static final List<String> HISTORY_NAMES =
      List.of(PeerPaths.METRICS, PeerPaths.FROM, PeerPaths.TO, PeerPaths.STEP);
  private static final int MOST_METRICS = 32;
  private static final int MOST_BUCKETS = 10_000;
  private static final long MOST_STEP = Duration.ofDays(3_660).toSeconds();

  /** Of each kind of question. */
  private static final int AT_ONCE = 64;

  /** Who asks waits for two seconds, and is to hear why it was for nothing. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final PeerService service;
  private final Runnable watched;
  private final Answers answers;
  private final Semaphore livePlaces = new Semaphore(AT_ONCE);
  private final Semaphore historyPlaces = new Semaphore(AT_ONCE);
  private final Budget memory = new Budget(HistoryReport.MOST_MEMORY, PATIENCE);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("asked-", 0).factory());

  /** Makes the body of an answer and has it sent. */
  private interface Answer {
    CompletableFuture<?> send(Parameters parameters, Function<byte[], CompletableFuture<?>> send)
        throws IOException, InterruptedException;
  }

  /**
   * @param watched told that somebody looks at this host from elsewhere
   */
  PeerApi(PeerService service, Runnable watched, Answers answers) {
    this.service = service;
    this.watched = watched;
    this.answers = answers;
  }

  void live(Context ctx) {
    answer(ctx, livePlaces, LIVE_NAMES, (parameters, send) -> send.apply(live(parameters)));
  }

  private byte[] live(Parameters parameters) {
    if (parameters.get(PeerPaths.FOLLOWED).isPresent()) {
      watched.run();
    }
    Optional<String> after = parameters.get(PeerPaths.AFTER);
    return service
        .self()
        .report(
            after.isPresent()
                ? OptionalLong.of(second(PeerPaths.AFTER, after.get()))
                : OptionalLong.empty());
  }

  void history(Context ctx) {
    answer(ctx, historyPlaces, HISTORY_NAMES, this::history);
  }

  private CompletableFuture<?> history(
      Parameters parameters, Function<byte[], CompletableFuture<?>> send)
      throws IOException, InterruptedException {
    Recent.Query query = query(parameters);
    try (HistoryReport report = HistoryReport.of(service.recent(), query, memory)) {
      return send.apply(report.body());
    } catch (TooMuchException e) {
      throw new ApiException(ApiError.TOO_MUCH, String.valueOf(e.getMessage()), PeerPaths.STEP);
    } catch (BusyException e) {
      throw new ApiException(ApiError.BUSY, String.valueOf(e.getMessage()));
    }
  }

  private static Recent.Query query(Parameters parameters) {
    List<Metric> metrics =
        Arrays.stream(parameters.get(PeerPaths.METRICS).orElse("").split(",", MOST_METRICS + 1))
            // A later version asks for what this one does not know.
            .flatMap(name -> Metric.named(name).stream())
            .limit(MOST_METRICS)
            .toList();
    long from = second(parameters, PeerPaths.FROM);
    long to = second(parameters, PeerPaths.TO);
    long step = second(parameters, PeerPaths.STEP);
    if (step < 1
        || step > MOST_STEP
        || from >= to
        || from % step != 0
        || to % step != 0
        || (to - from) / step > MOST_BUCKETS) {
      throw new ApiException(ApiError.BAD_RANGE, "not whole buckets, or too many", PeerPaths.STEP);
    }
    return new Recent.Query(metrics, from, to, Math.toIntExact(step));
  }

  private static long second(Parameters parameters, String name) {
    return second(name, parameters.get(name).orElse(""));
  }

  private static long second(String name, String text) {
    if (!text.matches("\\d{1,11}")) {
      throw new ApiException(ApiError.BAD_TIME, "'" + name + "' is in whole seconds", name);
    }
    return Long.parseLong(text);
  }

  private void answer(Context ctx, Semaphore places, List<String> names, Answer answer) {
    if (!places.tryAcquire()) {
      throw new ApiException(ApiError.BUSY, "too many peers ask at once; try again");
    }
    try {
      ctx.future(() ->
          CompletableFuture.completedFuture(answer)
              .thenComposeAsync(one -> run(ctx, places, names, one), threads));
    } catch (RuntimeException e) {
      places.release();
      throw e;
    }
  }

  private CompletableFuture<?> run(
      Context ctx, Semaphore places, List<String> names, Answer answer) {
    try {
      return switch (verdict(ctx.req())) {
        case Verdict.Admitted admitted -> admitted(ctx, names, answer, admitted.pass());
        case Verdict.Refused refused ->
            send(
                ctx,
                refused.status(),
                new Problem(refused.status(), refused.code(), refused.message(), null).json(),
                refused.pass());
      };
    } catch (IOException e) {
      throw new CompletionException(e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ApiException(ApiError.BUSY, "this node is stopping");
    } finally {
      places.release();
    }
  }

  private Verdict verdict(HttpServletRequest req) {
    String query = req.getQueryString();
    String path = query == null ? req.getRequestURI() : req.getRequestURI() + "?" + query;
    // What is signed has no body.
    boolean body = req.getContentLengthLong() > 0 || req.getHeader("Transfer-Encoding") != null;
    return service
        .gate()
        .check(req.getMethod(), path, body ? null : req.getHeader("Authorization"));
  }

  private CompletableFuture<?> admitted(Context ctx, List<String> names, Answer answer, Pass pass)
      throws IOException, InterruptedException {
    try {
      return answer.send(
          Parameters.of(ctx.req().getQueryString(), names),
          body -> send(ctx, 200, body, Optional.of(pass)));
    } catch (ApiException e) {
      return send(ctx, e.problem().status(), e.problem().json(), Optional.of(pass));
    }
  }

  private CompletableFuture<?> send(Context ctx, int status, byte[] body, Optional<Pass> pass) {
    pass.ifPresent(
        by -> ctx.res().setHeader(service.gate().header(), service.gate().sign(by, status, body)));
    return answers.send(ctx, status, Errors.JSON_TYPE, body);
  }

  /** Answers under way are broken off. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
