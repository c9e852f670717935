package dev.fleetdash.web;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The answers for programs. Each handler takes the request apart, asks one part, and sends what it
 * says.
 */
final class Api {
  private static final List<String> HOST_ONLY = List.of("host");
  private static final List<String> HOSTS_ONLY = List.of("hosts");

  private final Node node;
  private final Sampling sampling;
  private final Health health;
  private final Exposition exposition;
  private final Streams streams;
  private final Ranges ranges;
  private final FleetApi fleet;
  private final Answers answers;
  private final byte[] catalogue = Documents.catalogue();
  private final byte[] openApi;
  private final Info info;

  Api(
      Info info,
      Node node,
      Sampling sampling,
      Health health,
      Exposition exposition,
      Streams streams,
      Ranges ranges,
      FleetApi fleet,
      Answers answers) {
    this.node = node;
    this.sampling = sampling;
    this.health = health;
    this.exposition = exposition;
    this.streams = streams;
    this.ranges = ranges;
    this.fleet = fleet;
    this.answers = answers;
    this.openApi = OpenApi.json(node.version(), node.url());
    this.info = info;
  }

  void health(Context ctx) {
    Health.Status status = health.status();
    send(ctx, status.http(), Errors.JSON_TYPE, health.json(status));
  }

  void details(Context ctx) {
    Health.Status status = health.status();
    send(ctx, status.http(), Errors.JSON_TYPE, health.details(status));
  }

  void metrics(Context ctx) {
    parameters(ctx, List.of());
    Exposition.Format format = Exposition.Format.accepted(ctx.req().getHeader("Accept"));
    ctx.res().setHeader("Vary", "Accept");
    send(ctx, 200, format.contentType(), exposition.bytes(format));
  }

  void live(Context ctx) {
    Optional<HostName> other = otherHost(parameters(ctx, HOST_ONLY));
    if (other.isPresent()) {
      fleet.live(ctx, other.get());
      return;
    }
    Optional<Row> newest = sampling.ring().newest();
    if (newest.isEmpty()) {
      if (node.past().isPresent()) {
        throw new ApiException(
            ApiError.BAD_REQUEST,
            "this is a view of the past, and no host; name one, as in /api/live?host=web-1",
            "host");
      }
      throw new ApiException(
          ApiError.STARTING, "no row yet: sampling has just begun; ask again in a second");
    }
    send(ctx, 200, Errors.JSON_TYPE, newest.get().json());
  }

  void stream(Context ctx) {
    Optional<HostName> other = otherHost(parameters(ctx, HOST_ONLY));
    OptionalLong lastSeen = lastSeen(ctx);
    if (!beginsStream(ctx)) {
      return;
    }
    Request request = ServletContextRequest.getServletContextRequest(ctx.req());
    Response response = ServletContextResponse.getServletContextResponse(ctx.res());
    if (other.isEmpty()) {
      ctx.future(() -> streams.open(request, response, lastSeen));
      return;
    }
    HostName host = other.get();
    ctx.res().setHeader(Headers.HOST_FIELD, host.value());
    ctx.future(
        () -> fleet.find(host).thenCompose(_ -> streams.open(request, response, host, lastSeen)));
  }

  void fleetStream(Context ctx) {
    List<HostName> hosts = FleetApi.onScreen(parameters(ctx, HOSTS_ONLY));
    lastSeen(ctx);
    if (beginsStream(ctx)) {
      Request request = ServletContextRequest.getServletContextRequest(ctx.req());
      Response response = ServletContextResponse.getServletContextResponse(ctx.res());
      ctx.future(() -> streams.open(request, response, hosts));
    }
  }

  /** Whether events follow the head of the answer. */
  private static boolean beginsStream(Context ctx) {
    HttpServletResponse res = ctx.res();
    res.setContentType("text/event-stream");
    res.setHeader("Cache-Control", "no-store, no-transform");
    res.setHeader("X-Accel-Buffering", "no");
    return !ctx.method().equals(HandlerType.HEAD);
  }

  private static OptionalLong lastSeen(Context ctx) {
    String id = ctx.req().getHeader("Last-Event-ID");
    if (id == null || id.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!id.matches("\\d{1,12}")) {
      throw new ApiException(
          ApiError.BAD_REQUEST,
          "'" + Text.brief(id) + "' is not an id of this stream, which are epoch seconds",
          "Last-Event-ID");
    }
    return OptionalLong.of(Long.parseLong(id));
  }

  void history(Context ctx) {
    range(ctx, RangeForm.JSON);
  }

  void historyCsv(Context ctx) {
    range(ctx, RangeForm.CSV);
  }

  void historyNdjson(Context ctx) {
    range(ctx, RangeForm.NDJSON);
  }

  private void range(Context ctx, RangeForm form) {
    Parameters parameters = parameters(ctx, RangeParameters.NAMES);
    ranges.answer(ctx, parameters, form);
  }

  void historySql(Context ctx) {
    byte[] sql = ranges.sql(parameters(ctx, RangeParameters.NAMES_WITH_ENGINE));
    send(ctx, 200, "text/plain;charset=utf-8", sql);
  }

  void catalogue(Context ctx) {
    document(ctx, catalogue);
  }

  void openApi(Context ctx) {
    document(ctx, openApi);
  }

  void info(Context ctx) {
    document(ctx, info.json());
  }

  private void document(Context ctx, byte[] json) {
    parameters(ctx, List.of());
    send(ctx, 200, Errors.JSON_TYPE, json);
  }

  private void send(Context ctx, int status, String contentType, byte[] body) {
    ctx.future(() -> answers.send(ctx, status, contentType, body));
  }

  private static Parameters parameters(Context ctx, List<String> names) {
    return Parameters.of(ctx.req().getQueryString(), names);
  }

  /** The host that is asked about, where it is not this one. */
  private Optional<HostName> otherHost(Parameters parameters) {
    return parameters
        .get("host")
        .map(name -> RangeParameters.host("host", name))
        .filter(host -> !host.equals(node.host()));
  }
}
