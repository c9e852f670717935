package dev.fleetdash.web;

import dev.fleetdash.history.Answer;
import dev.fleetdash.history.Axis;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.History;
import dev.fleetdash.history.NoSuchHostException;
import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.TooMuchException;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sql.ChartQuery;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Answers {@code /api/history} in each of its forms, on threads of its own: a slow archive keeps
 * none of the threads that answer everything else. A few at a time, so that their answers fit into
 * memory. Safe for use by several threads.
 */
final class Ranges implements AutoCloseable {
  private static final int AT_ONCE = 8;

  private final History history;
  private final Looked looked;
  private final HostName self;
  private final ChartQuery chartQuery;
  private final InstantSource clock;
  private final Semaphore places = new Semaphore(AT_ONCE);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("range-", 0).factory());

  /** Sees to it that what is asked of peers is known to be worth asking. */
  interface Looked {
    /** Waits a moment at most. */
    void before(RangeQuery query) throws InterruptedException;
  }

  Ranges(
      History history, Looked looked, HostName self, ChartQuery chartQuery, InstantSource clock) {
    this.history = history;
    this.looked = looked;
    this.self = self;
    this.chartQuery = chartQuery;
    this.clock = clock;
  }

  /**
   * Writes the answer, of which nothing is sent before it is known.
   *
   * @throws ApiException where the question is wrong, or there are too many at once
   */
  CompletableFuture<?> answer(
      Parameters parameters, RangeForm form, HttpServletRequest req, HttpServletResponse res) {
    RangeQuery query = RangeParameters.parse(parameters, self, clock.instant());
    if (!places.tryAcquire()) {
      throw new ApiException(
          ApiError.BUSY,
          AT_ONCE + " history requests are already under way on this node; try again");
    }
    try {
      return CompletableFuture.runAsync(() -> run(query, form, req, res), threads)
          .whenComplete((_, _) -> places.release());
    } catch (RuntimeException e) {
      places.release();
      throw e;
    }
  }

  /** The query that gives the answer's numbers, for the engine that is asked for. */
  byte[] sql(Parameters parameters) {
    RangeQuery query = RangeParameters.parse(parameters, self, clock.instant());
    Axis axis = history.axis(query);
    return chartQuery
        .of(query, axis, history.finished(axis), RangeParameters.engine(parameters))
        .getBytes(StandardCharsets.UTF_8);
  }

  private void run(
      RangeQuery query, RangeForm form, HttpServletRequest req, HttpServletResponse res) {
    try {
      looked.before(query);
      try (Answer answer = history.query(query)) {
        write(query, answer.range(), form, req, res);
      }
    } catch (IOException | NoSuchHostException e) {
      throw new CompletionException(e);
    } catch (TooMuchException e) {
      throw new ApiException(ApiError.TOO_MUCH, String.valueOf(e.getMessage()), "hosts");
    } catch (BusyException e) {
      throw new ApiException(ApiError.BUSY, String.valueOf(e.getMessage()));
    } catch (JacksonIOException e) {
      throw new CompletionException(e.getCause());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ApiException(ApiError.BUSY, "this node is stopping; ask another one, or try again");
    }
  }

  private static void write(
      RangeQuery query,
      Range range,
      RangeForm form,
      HttpServletRequest req,
      HttpServletResponse res)
      throws IOException {
    form.head(query, range, res);
    res.setHeader("Cache-Control", Errors.NO_STORE);
    res.setHeader("Vary", "Accept-Encoding");
    form.write(query, range, body(req, res));
  }

  private static OutputStream body(HttpServletRequest req, HttpServletResponse res)
      throws IOException {
    if (!FastGzip.taken(req.getHeader("Accept-Encoding"))) {
      return res.getOutputStream();
    }
    res.setHeader("Content-Encoding", "gzip");
    return new FastGzip(res.getOutputStream());
  }

  /** Queries under way are interrupted. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
