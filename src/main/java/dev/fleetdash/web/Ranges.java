package dev.fleetdash.web;

import dev.fleetdash.history.Answer;
import dev.fleetdash.history.Axis;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.History;
import dev.fleetdash.history.NoSuchHostException;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.TooMuchException;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sql.ChartQuery;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Answers {@code /api/history} in each of its forms, on threads of its own: a slow archive keeps
 * none of the threads that answer everything else. A few at a time, so that their answers fit into
 * memory. Safe for use by several threads.
 */
final class Ranges implements AutoCloseable {
  private static final int AT_ONCE = 8;

  /** The fleet's page asks for three at once. */
  private static final int AT_ONCE_EACH = 4;

  private final History history;
  private final Looked looked;
  private final HostName self;
  private final ChartQuery chartQuery;
  private final InstantSource clock;
  private final Answers answers;
  private final Forwarded forwarded;
  private final Places places = new Places(AT_ONCE, AT_ONCE_EACH);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("range-", 0).factory());

  /** Sees to it that what is asked of peers is known to be worth asking. */
  interface Looked {
    /** Waits a moment at most. */
    void before(RangeQuery query) throws InterruptedException;
  }

  Ranges(
      History history,
      Looked looked,
      HostName self,
      ChartQuery chartQuery,
      InstantSource clock,
      Answers answers,
      Forwarded forwarded) {
    this.history = history;
    this.looked = looked;
    this.self = self;
    this.chartQuery = chartQuery;
    this.clock = clock;
    this.answers = answers;
    this.forwarded = forwarded;
  }

  /**
   * Answers; nothing is sent before all of it is known, and nobody's place is kept while it is
   * read.
   *
   * @throws ApiException where the question is wrong, or there are too many at once
   */
  void answer(Context ctx, Parameters parameters, RangeForm form) {
    RangeQuery query = RangeParameters.parse(parameters, self, clock.instant());
    Object client = forwarded.client(ServletContextRequest.getServletContextRequest(ctx.req()));
    ctx.future(() -> answer(ctx, query, form, client));
  }

  private CompletableFuture<?> answer(
      Context ctx, RangeQuery query, RangeForm form, Object client) {
    if (!places.take(client)) {
      throw new ApiException(
          ApiError.BUSY,
          "%d history requests are already under way on this node, or %d of this client; try again"
              .formatted(AT_ONCE, AT_ONCE_EACH));
    }
    try {
      return CompletableFuture.supplyAsync(() -> run(ctx, query, form), threads)
          .whenComplete((_, _) -> places.leave(client))
          .thenCompose(body -> answers.send(ctx, body));
    } catch (RejectedExecutionException e) {
      places.leave(client);
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

  private Pieces run(Context ctx, RangeQuery query, RangeForm form) {
    HttpServletResponse res = ctx.res();
    boolean gzip = FastGzip.taken(ctx.req().getHeader("Accept-Encoding"));
    Pieces body = answers.pieces(ctx);
    try {
      looked.before(query);
      try (Answer answer = history.query(query)) {
        form.write(query, answer.range(), gzip ? new FastGzip(body) : body);
        form.head(query, answer.range(), res);
      }
      res.setHeader("Cache-Control", Errors.NO_STORE);
      res.setHeader("Vary", "Accept-Encoding");
      if (gzip) {
        res.setHeader("Content-Encoding", "gzip");
      }
      return body;
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

  /** Queries under way are interrupted. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
