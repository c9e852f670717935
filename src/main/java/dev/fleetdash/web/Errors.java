package dev.fleetdash.web;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes every error answer: HTML to a browser that asked for a page, JSON to all others. Says
 * nothing of what the server is made of. Also answers for Jetty, where a request is too broken to
 * reach a route.
 */
final class Errors extends ErrorHandler {
  private static final Logger log = LoggerFactory.getLogger(Errors.class);

  static final String NO_STORE = "no-store";
  static final String JSON_TYPE = "application/json";
  static final String HTML_TYPE = "text/html;charset=utf-8";

  private final Headers headers;
  private final Site site;

  Errors(Headers headers, Site site) {
    this.headers = headers;
    this.site = site;
  }

  /** What is sent for a problem. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answer(String contentType, byte[] body) {}

  /** A page for {@code path} is wanted as HTML, everything else as JSON. */
  Answer answer(Problem problem, String path, @Nullable String accept) {
    if (accept != null && accept.contains("text/html") && page(path)) {
      try {
        return new Answer(HTML_TYPE, site.error(problem));
      } catch (RuntimeException e) {
        log.error("the page of an error could not be made", e);
      }
    }
    return new Answer(JSON_TYPE, problem.json());
  }

  /** Whether the path is one for people. */
  static boolean page(String path) {
    return !path.startsWith("/api/")
        && !path.startsWith("/peer/")
        && !path.startsWith("/health")
        && !path.startsWith("/metrics")
        && !path.startsWith("/assets/");
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Throwable cause = (Throwable) request.getAttribute(ERROR_EXCEPTION);
    int status = response.getStatus();
    String reason = null;
    if (cause instanceof HttpException refusal) {
      status = refusal.getCode();
      reason = status < 500 ? refusal.getReason() : null;
      // What is behind a request that cannot be read cannot be told from its rest.
      response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
    }
    write(request, response, callback, Problem.ofStatus(status, reason));
    return true;
  }

  /** Answers at the level of Jetty, before or beside the routes. */
  void write(Request request, Response response, Callback callback, Problem problem) {
    Answer answer =
        answer(
            problem,
            String.valueOf(request.getHttpURI().getPath()),
            request.getHeaders().get(HttpHeader.ACCEPT));
    headers.complete(response.getHeaders());
    response.setStatus(problem.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, answer.contentType());
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, NO_STORE);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.body().length);
    response.write(true, ByteBuffer.wrap(answer.body()), callback);
  }
}
