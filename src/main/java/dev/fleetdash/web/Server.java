package dev.fleetdash.web;

import dev.fleetdash.fleet.Fleet;
import dev.fleetdash.fleet.PeerService;
import dev.fleetdash.history.History;
import dev.fleetdash.place.Departure;
import dev.fleetdash.sample.Row;
import dev.fleetdash.sql.ChartQuery;
import dev.fleetdash.telemetry.PriceTag;
import dev.fleetdash.telemetry.Telemetry;
import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.servlet.JavalinServlet;
import io.javalin.http.servlet.ServletEntry;
import io.javalin.json.JsonMapper;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import kotlin.LazyKt;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server: Javalin's routes, past which the plainest requests go, in a Jetty of our own
 * making, sized for a process that shall not be noticed on its host. Bounded in threads,
 * connections, header and body bytes, and in the time it waits for a client. Safe for use by
 * several threads.
 */
public final class Server implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Server.class);

  private static final int MAX_HTTP_THREADS = 4;
  private static final int MIN_HTTP_THREADS = 2;
  private static final int MAX_ROUTING_THREADS = 6;
  private static final int MIN_ROUTING_THREADS = 2;
  private static final int HEADER_BYTES = 8 * 1024;

  /**
   * Also what each write of a longer answer is cut into; nothing is kept of it while an answer
   * stays open.
   */
  private static final int OUTPUT_BYTES = 16 * 1024;

  private static final int AGGREGATED_BYTES = 1024;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final Listen listen;
  private final Health health;
  private final Streams streams;
  private final Ranges ranges;
  private final Routes routes;
  private final FleetApi fleetApi;
  private final PeerApi peerApi;
  private final org.eclipse.jetty.server.Server jetty;
  private final Acceptor connector;

  public Server(
      Listen listen,
      Node node,
      Sampling sampling,
      Fleet fleet,
      PeerService peers,
      History history,
      Telemetry telemetry,
      InstantSource clock) {
    this(listen, node, sampling, fleet, peers, history, telemetry, clock, Limits.DEFAULT);
  }

  /** How much at a time, and for how long. */
  record Limits(Streams.Limits streams, Connections.Limits connections) {
    static final Limits DEFAULT = new Limits(Streams.Limits.DEFAULT, Connections.Limits.DEFAULT);

    /** However many arrive before one of them is closed again. */
    private int connectionsInAll() {
      return streams.streams() + 4 * connections.most();
    }
  }

  Server(
      Listen listen,
      Node node,
      Sampling sampling,
      Fleet fleet,
      PeerService peers,
      History history,
      Telemetry telemetry,
      InstantSource clock,
      Limits limits) {
    this.listen = listen;
    this.health = new Health(node, sampling, telemetry);
    this.jetty =
        new org.eclipse.jetty.server.Server(threads("http", MAX_HTTP_THREADS, MIN_HTTP_THREADS));
    Connections connections =
        new Connections(
            listen.trustedProxies(),
            limits.connections(),
            System::nanoTime,
            jetty.getScheduler(),
            telemetry);
    this.streams =
        new Streams(
            sampling, fleet, connections, limits.streams(), clock, System::nanoTime, telemetry);
    Answers answers = new Answers(connections);
    this.fleetApi = new FleetApi(fleet, node.host(), clock, System::nanoTime, answers);
    this.ranges =
        new Ranges(
            history,
            fleetApi::look,
            node.host(),
            new ChartQuery(node.archiveUrl()),
            clock,
            answers,
            listen.forwarded());
    this.peerApi = new PeerApi(peers, sampling.watched(), answers);
    PriceTag priceTag = new PriceTag(telemetry, node.prices());
    Exposition exposition = new Exposition(node, sampling.ring(), telemetry, System::nanoTime);
    Headers headers = new Headers(node.host());
    Site site = new Site(node, sampling, fleet, priceTag, telemetry, clock);
    Errors errors = new Errors(headers, site);
    Api api =
        new Api(
            new Info(node, sampling.ring(), priceTag),
            node,
            sampling,
            health,
            exposition,
            streams,
            ranges,
            fleetApi,
            answers);
    QueuedThreadPool routing = threads("routes", MAX_ROUTING_THREADS, MIN_ROUTING_THREADS);
    // Before the connector, so that it stops after it: closed connections let go of its threads.
    jetty.addBean(routing);
    this.connector = new Acceptor(jetty, http(), connections, System::nanoTime, telemetry);
    listenAt(connector, listen);
    jetty.addConnector(connector);
    jetty.addBean(new NetworkConnectionLimit(limits.connectionsInAll(), connector));
    jetty.setErrorHandler(errors);
    Guard guard = new Guard(listen, headers, errors);
    QuickAnswers quick = new QuickAnswers(health, sampling, exposition, streams, routing, errors);
    this.routes = new Routes(api, fleetApi, peerApi, site, errors, answers);
    quick.setHandler(context(routes, errors));
    guard.setHandler(quick);
    jetty.setHandler(guard);
  }

  private static QueuedThreadPool threads(String name, int max, int min) {
    QueuedThreadPool threads = new QueuedThreadPool(max, min);
    threads.setName(name);
    threads.setDaemon(true);
    return threads;
  }

  private static ReadInTurn http() {
    HttpConfiguration http = new HttpConfiguration();
    // Outside the heap, and each of a thousand connections may have them: most heads fit, longer
    // ones are read and written in parts.
    http.setResponseHeaderSize(Acceptor.LEAST_BUFFER_BYTES);
    http.setMaxResponseHeaderSize(HEADER_BYTES);
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    // Jetty's cache of header fields takes 96 kB a connection.
    http.setHeaderCacheSize(0);
    http.setOutputBufferSize(OUTPUT_BYTES);
    http.setOutputAggregationSize(AGGREGATED_BYTES);
    http.setUriCompliance(UriCompliance.DEFAULT);
    ReadInTurn factory = new ReadInTurn(http);
    factory.setInputBufferSize(Acceptor.LEAST_BUFFER_BYTES);
    return factory;
  }

  private static void listenAt(Acceptor connector, Listen listen) {
    connector.setHost(listen.address());
    connector.setPort(listen.port());
    connector.setIdleTimeout(IDLE.toMillis());
    connector.setAcceptQueueSize(1024);
  }

  private static ServletContextHandler context(Routes routes, Errors errors) {
    Javalin javalin = Javalin.create(config -> configure(config, routes));
    ServletContextHandler context =
        new ServletContextHandler("/", ServletContextHandler.NO_SESSIONS);
    context.setErrorHandler(errors);
    ServletHolder holder = new ServletHolder(javalin.javalinServlet());
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/");
    return context;
  }

  private static void configure(JavalinConfig config, Routes routes) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.prefer405over404 = true;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.http.responseBufferSize = OUTPUT_BYTES;
    config.http.defaultContentType = Errors.JSON_TYPE;
    config.router.ignoreTrailingSlashes = false;
    config.router.javaLangErrorHandler((res, error) -> {
      res.setStatus(500);
      log.error("a request failed", error);
    });
    config.jsonMapper(new JsonMapper() {});
    // Not the servlet for WebSockets, which Javalin takes where it finds their classes.
    config.unsafe.servlet =
        LazyKt.lazyOf(new ServletEntry(null, new JavalinServlet(config.unsafe)));
    routes.addTo(config.routes);
  }

  /**
   * Listens, and returns when requests are answered.
   *
   * @throws ListenException where the address cannot be had
   */
  public void start() throws IOException {
    try {
      jetty.start();
    } catch (Exception e) {
      close();
      throw listenFailure(e);
    }
    log.info("listening address={} port={}", listen.address(), port());
  }

  private IOException listenFailure(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException && String.valueOf(cause.getMessage()).contains("in use")) {
        return new ListenException(
            "port "
                + listen.port()
                + " on "
                + listen.address()
                + " is in use: stop the other process or set FLEETDASH_PORT",
            e);
      }
    }
    Throwable reason = e.getCause() == null ? e : e.getCause();
    return new ListenException(
        "cannot listen on "
            + listen.address()
            + " port "
            + listen.port()
            + ": "
            + reason.getMessage()
            + "; set FLEETDASH_BIND to an address of this host and FLEETDASH_PORT to a port this"
            + " user may have",
        e);
  }

  /** The port listened on, also where any was asked for. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Every path that is answered. */
  List<String> paths() {
    return routes.paths();
  }

  /** Gives the row to everyone who watches; returns at once. */
  public void publish(Row row) {
    streams.publish(row);
  }

  /** Has the details tell that the host is about to end, or no longer is. */
  public void departing(Optional<Departure> departure) {
    health.departing(departure);
  }

  /** From now on {@code /health} says that this host wants no new work; all else goes on. */
  public void drain() {
    health.drain();
  }

  Streams streams() {
    return streams;
  }

  /** Ends all streams and stops listening, without waiting for clients. */
  @Override
  public void close() {
    streams.close();
    ranges.close();
    fleetApi.close();
    peerApi.close();
    try {
      jetty.stop();
    } catch (Exception e) {
      log.warn("the server did not stop cleanly", e);
    }
  }
}
