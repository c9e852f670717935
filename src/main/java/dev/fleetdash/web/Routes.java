package dev.fleetdash.web;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.fleet.PeerPaths;
import dev.fleetdash.history.NoSuchHostException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import io.javalin.http.NotFoundResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which path is answered by what, and what is said where that fails. */
final class Routes {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);

  private final Api api;
  private final FleetApi fleet;
  private final PeerApi peers;
  private final Site site;
  private final Errors errors;
  private final Answers answers;
  private final List<String> paths = new ArrayList<>();

  Routes(Api api, FleetApi fleet, PeerApi peers, Site site, Errors errors, Answers answers) {
    this.api = api;
    this.fleet = fleet;
    this.peers = peers;
    this.site = site;
    this.errors = errors;
    this.answers = answers;
  }

  /** All paths, once they were added. */
  List<String> paths() {
    return List.copyOf(paths);
  }

  void addTo(RoutesConfig routes) {
    // Tried in this order, one regular expression after the other: those asked most come first.
    get(routes, "/health", api::health);
    get(routes, "/api/live", api::live);
    get(routes, PeerPaths.LIVE, peers::live);
    get(routes, "/metrics", api::metrics);
    get(routes, PeerPaths.HISTORY, peers::history);
    get(routes, "/api/stream", api::stream);
    get(routes, "/api/stream/fleet", api::fleetStream);
    get(routes, "/api/fleet", fleet::fleet);
    get(routes, "/api/history", api::history);
    get(routes, "/health/details", api::details);
    get(routes, "/api/history.csv", api::historyCsv);
    get(routes, "/api/history.ndjson", api::historyNdjson);
    get(routes, "/api/history.sql", api::historySql);
    get(routes, "/", ctx -> fleet.answer(ctx, () -> answers.page(ctx, 200, site.fleet())));
    get(routes, "/hosts/{host}", ctx -> fleet.answer(ctx, () -> host(ctx)));
    get(routes, "/assets/{hash}/{name}", this::asset);
    get(routes, "/api/events", fleet::events);
    get(routes, "/api/catalogue", api::catalogue);
    get(routes, "/api/info", api::info);
    get(routes, "/api/openapi.json", api::openApi);
    routes.exception(Exception.class, this::failed);
    // Javalin has one of its own for these.
    routes.exception(HttpResponseException.class, this::failed);
  }

  /** Javalin answers HEAD by itself, but not with the fields that GET has. */
  private void get(RoutesConfig routes, String path, Handler handler) {
    paths.add(path);
    routes.get(path, handler);
    routes.head(path, handler);
  }

  private CompletableFuture<?> host(Context ctx) throws InterruptedException {
    String name = ctx.pathParam("host");
    Optional<byte[]> page = site.host(name);
    return answers.page(
        ctx, page.isPresent() ? 200 : 404, page.orElseGet(() -> site.unknownHost(name)));
  }

  private void asset(Context ctx) {
    Assets.Answer asset =
        site.assets()
            .answer(
                ctx.pathParam("hash"),
                ctx.pathParam("name"),
                ctx.req().getHeader("Accept-Encoding"),
                ctx.req().getHeader("If-None-Match"));
    if (asset.status() == 404) {
      throw new NotFoundResponse();
    }
    ctx.future(() -> answers.send(ctx, asset));
  }

  private void failed(Exception e, Context ctx) {
    if (ctx.res().isCommitted()) {
      // Too late for an error answer: a broken connection tells the client that this one is not
      // whole.
      ServletContextRequest.getServletContextRequest(ctx.req())
          .getConnectionMetaData()
          .getConnection()
          .getEndPoint()
          .close();
      return;
    }
    Problem problem = problem(e);
    if (e instanceof MethodNotAllowedResponse) {
      ctx.res().setHeader("Allow", "GET, HEAD");
    }
    if (problem.status() == 503) {
      ctx.res().setHeader("Retry-After", "5");
    }
    Errors.Answer answer =
        errors.answer(problem, ctx.req().getRequestURI(), ctx.req().getHeader("Accept"));
    ctx.future(() -> answers.error(ctx, problem.status(), answer.contentType(), answer.body()));
  }

  private static Problem problem(Exception e) {
    return switch (e) {
      case ApiException refused -> refused.problem();
      case NoSuchHostException unknown ->
          new ApiException(ApiError.UNKNOWN_HOST, String.valueOf(unknown.getMessage()), "hosts")
              .problem();
      case ArchiveException archive ->
          new ApiException(ApiError.STORAGE_UNREACHABLE, String.valueOf(archive.getMessage()))
              .problem();
      case HttpResponseException status -> Problem.ofStatus(status.getStatus(), null);
      default -> {
        log.error("a request failed", e);
        yield Problem.ofStatus(500, null);
      }
    };
  }
}
