package dev.fleetdash.web;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.history.NoSuchHostException;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.io.EofException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which path is answered by what. Handlers take the request apart, ask one part, and send what it says. */
final class Routes {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);
  private static final List<String> HOST_ONLY = List.of("host");

  private final Node node;
  private final Sampling sampling;
  private final Health health;
  private final Exposition exposition;
  private final Streams streams;
  private final Ranges ranges;
  private final Errors errors;
  private final byte[] catalogue = Documents.catalogue();
  private final byte[] info;

  Routes(Node node, Sampling sampling, Health health, Exposition exposition, Streams streams, Ranges ranges, Errors errors) {
    this.node = node;
    this.sampling = sampling;
    this.health = health;
    this.exposition = exposition;
    this.streams = streams;
    this.ranges = ranges;
    this.errors = errors;
    this.info = Documents.info(node);
  }

  void addTo(RoutesConfig routes) {
    get(routes, "/health", this::health);
    get(routes, "/health/details", this::details);
    get(routes, "/metrics", this::metrics);
    get(routes, "/api/live", this::live);
    get(routes, "/api/stream", this::stream);
    get(routes, "/api/history", this::history);
    get(routes, "/api/catalogue", ctx -> document(ctx, catalogue));
    get(routes, "/api/info", ctx -> document(ctx, info));
    routes.exception(Exception.class, this::failed);
  }

  /** Javalin answers HEAD by itself, but not with the fields that GET has. */
  private static void get(RoutesConfig routes, String path, Handler handler) {
    routes.get(path, handler);
    routes.head(path, handler);
  }

  private void health(Context ctx) throws IOException {
    Health.Status status = health.status();
    send(ctx, status.http(), Errors.JSON_TYPE, health.json(status));
  }

  private void details(Context ctx) throws IOException {
    Health.Status status = health.status();
    send(ctx, status.http(), Errors.JSON_TYPE, health.details(status));
  }

  private void metrics(Context ctx) throws IOException {
    parameters(ctx, List.of());
    Exposition.Format format = Exposition.Format.accepted(ctx.req().getHeader("Accept"));
    ctx.res().setHeader("Vary", "Accept");
    send(ctx, 200, format.contentType(), exposition.bytes(format));
  }

  private void live(Context ctx) throws IOException {
    checkHost(parameters(ctx, HOST_ONLY), "/api/live");
    Optional<Row> newest = sampling.ring().newest();
    if (newest.isEmpty()) {
      throw new ApiException(ApiError.STARTING, "no row yet: sampling has just begun; ask again in a second");
    }
    send(ctx, 200, Errors.JSON_TYPE, newest.get().json());
  }

  private void stream(Context ctx) {
    checkHost(parameters(ctx, HOST_ONLY), "/api/stream");
    OptionalLong lastSeen = lastSeen(ctx);
    HttpServletResponse res = ctx.res();
    res.setContentType("text/event-stream");
    res.setHeader("Cache-Control", "no-store, no-transform");
    res.setHeader("X-Accel-Buffering", "no");
    if (ctx.method().equals(HandlerType.HEAD)) {
      return;
    }
    ServletContextRequest request = ServletContextRequest.getServletContextRequest(ctx.req());
    ctx.future(() -> streams.open(request, ServletContextResponse.getServletContextResponse(res), lastSeen));
  }

  private static OptionalLong lastSeen(Context ctx) {
    String id = ctx.req().getHeader("Last-Event-ID");
    if (id == null || id.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!id.matches("\\d{1,12}")) {
      throw new ApiException(ApiError.BAD_REQUEST, "'" + Text.brief(id) + "' is not an id of this stream, which are epoch seconds", "Last-Event-ID");
    }
    return OptionalLong.of(Long.parseLong(id));
  }

  private void history(Context ctx) {
    Parameters parameters = parameters(ctx, RangeParameters.NAMES);
    ctx.future(() -> ranges.answer(parameters, ctx.req(), ctx.res()));
  }

  private static void document(Context ctx, byte[] json) throws IOException {
    parameters(ctx, List.of());
    send(ctx, 200, Errors.JSON_TYPE, json);
  }

  private static Parameters parameters(Context ctx, List<String> names) {
    return Parameters.of(ctx.req().getQueryString(), names);
  }

  private void checkHost(Parameters parameters, String path) {
    Optional<String> asked = parameters.get("host");
    if (asked.isPresent() && !RangeParameters.host("host", asked.get()).equals(node.host())) {
      HostName other = new HostName(asked.get());
      throw new ApiException(
          ApiError.UNKNOWN_HOST, "this node is " + node.host() + " and cannot show " + other + " live; ask that host for " + path, "host");
    }
  }

  /** The bytes are shared between requests, and go out in one write. */
  static void send(Context ctx, int status, String contentType, byte[] body) throws IOException {
    HttpServletResponse res = ctx.res();
    res.setStatus(status);
    res.setContentType(contentType);
    res.setHeader("Cache-Control", Errors.NO_STORE);
    res.setContentLength(body.length);
    res.getOutputStream().write(body);
  }

  private void failed(Exception e, Context ctx) {
    if (ctx.res().isCommitted()) {
      // Too late for an error answer: a broken connection tells the client that this one is not whole.
      ServletContextRequest.getServletContextRequest(ctx.req()).getConnectionMetaData().getConnection().getEndPoint().close();
      return;
    }
    Problem problem = problem(e);
    if (e instanceof MethodNotAllowedResponse) {
      ctx.res().setHeader("Allow", "GET, HEAD");
    }
    if (problem.status() == 503) {
      ctx.res().setHeader("Retry-After", "5");
    }
    Errors.Answer answer = errors.answer(problem, ctx.req().getRequestURI(), ctx.req().getHeader("Accept"));
    try {
      send(ctx, problem.status(), answer.contentType(), answer.body());
    } catch (IOException _) {
      // The client is gone and so is whom to tell.
    }
  }

  private static Problem problem(Exception e) {
    return switch (e) {
      case ApiException refused -> refused.problem();
      case NoSuchHostException unknown -> new ApiException(ApiError.UNKNOWN_HOST, String.valueOf(unknown.getMessage()), "hosts").problem();
      case ArchiveException archive -> new ApiException(ApiError.STORAGE_UNREACHABLE, String.valueOf(archive.getMessage())).problem();
      case HttpResponseException status -> Problem.ofStatus(status.getStatus(), null);
      case EofException _ -> Problem.ofStatus(400, null);
      default -> {
        log.error("a request failed", e);
        yield Problem.ofStatus(500, null);
      }
    };
  }
}
