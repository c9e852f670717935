package dev.fleetdash.web;

import dev.fleetdash.sample.Row;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;

/**
 * Answers what balancers, scrapers and peers ask all day long, in its plainest form: on the thread
 * that read the request, from bytes that are mostly there already. Everything else, also an error
 * of these paths, goes to the routes on another thread, because those may wait for a client.
 *
 * <p>Each answer equals the one that the routes give.
 */
final class QuickAnswers extends Handler.Wrapper {
  private static final HttpField JSON =
      new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, Errors.JSON_TYPE);
  private static final HttpField NO_STORE =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, Errors.NO_STORE);
  private static final HttpField VARY = new PreEncodedHttpField(HttpHeader.VARY, "Accept");

  private static final int IN_A_ROW = 16;

  /**
   * Requests that wait for a thread, also those whose client has hung up meanwhile: each keeps its
   * head, so that these take 4 MB at most.
   */
  private static final int MOST_WAITING = 256;

  private final Health health;
  private final Sampling sampling;
  private final Exposition exposition;
  private final Streams streams;
  private final Executor routing;
  private final Errors errors;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param routing the threads of all that is not quick; when all of them wait, nobody who is quick
   *     waits with them
   */
  QuickAnswers(
      Health health,
      Sampling sampling,
      Exposition exposition,
      Streams streams,
      Executor routing,
      Errors errors) {
    this.health = health;
    this.sampling = sampling;
    this.exposition = exposition;
    this.streams = streams;
    this.routing = routing;
    this.errors = errors;
  }

  /** Said to Jetty, which else would have another thread handle the request from the start. */
  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!HttpMethod.GET.is(request.getMethod()) || letsOthersGo(request)) {
      return later(request, response, callback);
    }
    Optional<ApiException> refusal = refusal(request);
    if (refusal.isPresent()) {
      // What else came on this connection is another stream mostly.
      response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
      errors.write(request, response, callback, refusal.get().problem());
      return true;
    }
    if (request.getHttpURI().getQuery() != null) {
      return later(request, response, callback);
    }
    return switch (String.valueOf(request.getHttpURI().getPath())) {
      case "/health" -> health(response, callback);
      case "/api/live" -> live(request, response, callback);
      case "/metrics" -> metrics(request, response, callback);
      default -> later(request, response, callback);
    };
  }

  /** Of streams, where there are too many: said at once, because those who ask may be many, too. */
  private Optional<ApiException> refusal(Request request) {
    return switch (String.valueOf(request.getHttpURI().getPath())) {
      case "/api/stream", "/api/stream/fleet" -> streams.refusal(request);
      default -> Optional.empty();
    };
  }

  /**
   * A client that sends many requests without a pause would keep this thread, which may be the one
   * that reads for everybody, so that now and then one of its requests queues up.
   */
  private static boolean letsOthersGo(Request request) {
    return request.getConnectionMetaData() instanceof HttpConnection connection
        && connection.getMessagesIn() % IN_A_ROW == 0
        && !connection.isRequestBufferEmpty();
  }

  private boolean health(Response response, Callback callback) {
    Health.Status status = health.status();
    response.setStatus(status.http());
    return send(response, callback, health.json(status), JSON);
  }

  private boolean live(Request request, Response response, Callback callback) {
    Optional<Row> newest = sampling.ring().newest();
    return newest.isPresent()
        ? send(response, callback, newest.get().json(), JSON)
        : later(request, response, callback);
  }

  private boolean metrics(Request request, Response response, Callback callback) {
    Exposition.Format format =
        Exposition.Format.accepted(request.getHeaders().get(HttpHeader.ACCEPT));
    return send(response, callback, exposition.bytes(format), format.field(), VARY);
  }

  private static boolean send(
      Response response, Callback callback, byte[] body, HttpField... first) {
    HttpFields.Mutable fields = response.getHeaders();
    for (HttpField field : first) {
      fields.add(field);
    }
    fields.add(NO_STORE);
    fields.add(HttpHeader.CONTENT_LENGTH, body.length);
    response.write(true, ByteBuffer.wrap(body), callback);
    return true;
  }

  private boolean later(Request request, Response response, Callback callback) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      errors.write(
          request,
          response,
          callback,
          new ApiException(
                  ApiError.BUSY,
                  "more requests wait here than there is room for; try again, or another node")
              .problem());
      return true;
    }
    routing.execute(() -> {
      waiting.decrementAndGet();
      routes(request, response, callback);
    });
    return true;
  }

  private void routes(Request request, Response response, Callback callback) {
    try {
      if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, 404);
      }
    } catch (Throwable e) {
      Response.writeError(request, response, callback, e);
    }
  }
}
