package dev.fleetdash.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.State;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;

/**
 * A fleet of made-up hosts behind the real pages and scripts, with its own clock and its own past.
 */
final class FakeFleet implements AutoCloseable {
  private static final long HANG_UP = -1;
  private static final double GIB = 1024.0 * 1024 * 1024;
  private static final List<String> ZONES =
      List.of("eu-central-1a", "eu-central-1b", "eu-central-1c");
  private static final List<String> TYPES = List.of("t4g.small", "t4g.medium", "m7g.large");
  private static final List<Metric> STREAMED =
      List.of(
          Metric.CPU_UTILIZATION,
          Metric.MEMORY_USED_BYTES,
          Metric.MEMORY_TOTAL_BYTES,
          Metric.FILESYSTEM_USED_RATIO_MAX,
          Metric.LOAD1,
          Metric.DISK_READ_BYTES_PER_SECOND,
          Metric.DISK_WRITTEN_BYTES_PER_SECOND,
          Metric.NETWORK_RECEIVED_BYTES_PER_SECOND,
          Metric.NETWORK_SENT_BYTES_PER_SECOND,
          Metric.UPTIME_SECONDS);

  private final Map<String, HostStatus> hosts = new ConcurrentHashMap<>();
  private final Map<LinkedBlockingQueue<Long>, Set<String>> watchers = new ConcurrentHashMap<>();
  private final Pages pages = new Pages();
  private final Assets assets = new Assets();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor();
  private final long started = now();
  final Set<String> watched = ConcurrentHashMap.newKeySet();
  volatile Optional<String> trouble = Optional.empty();

  FakeFleet(int size) throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < size; i++) {
      add(random, i);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    var _ = ticks.scheduleAtFixedRate(this::tick, 0, 1, TimeUnit.SECONDS);
  }

  private void add(SplittableRandom random, int i) {
    String name = "i-0%016x".formatted(random.nextLong());
    State state =
        switch (i % 100) {
          case 40 -> State.ENDED;
          case 41 -> i < 200 ? State.LOST : State.LIVE;
          case 42 -> i < 300 ? State.UNREACHABLE : State.LIVE;
          case 43 -> i < 300 ? State.STALE : State.LIVE;
          default -> State.LIVE;
        };
    String reason =
        switch (state) {
          case ENDED -> i % 200 == 40 ? "scale_in" : "spot_interruption";
          case UNREACHABLE -> "its clock is 45 s ahead";
          default -> "";
        };
    long since = started - (state == State.LIVE ? 7_000 : state == State.STALE ? 30 : 1_500 + i);
    put(name, state, reason, since, i);
  }

  private void put(String name, State state, String reason, long since, int i) {
    long ts = state == State.LIVE ? now() : since;
    hosts.put(
        name,
        new HostStatus(
            new HostName(name),
            state,
            Optional.of(reason).filter(text -> !text.isEmpty()),
            since,
            Optional.of(
                new Machine(
                    "m" + i,
                    Optional.of(ZONES.get(i % ZONES.size())),
                    Optional.of(TYPES.get(i % 7 % TYPES.size())),
                    Optional.of(name),
                    Optional.of("10.0." + i / 250 + "." + i % 250),
                    i % 9 == 0 ? "1.1.9" : "1.2.0",
                    1)),
            List.of(),
            Optional.of(new SampleHost.Seen(row(name, ts)))));
  }

  /** Lets a host be in another state from now on. */
  void turn(String name, State state, String reason) {
    HostStatus before = host(name);
    hosts.put(
        name,
        new HostStatus(
            before.host(),
            state,
            Optional.of(reason).filter(text -> !text.isEmpty()),
            now(),
            before.machine(),
            before.runs(),
            before.latest()));
  }

  /** Ends all streams, as a node does that ends. */
  void hangUp() {
    watchers.keySet().forEach(queue -> queue.add(HANG_UP));
  }

  private HostStatus host(String name) {
    return Optional.ofNullable(hosts.get(name)).orElseThrow();
  }

  List<String> names(State state) {
    return hosts.values().stream()
        .filter(host -> host.state() == state)
        .map(host -> host.host().value())
        .sorted()
        .toList();
  }

  String uri(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static long now() {
    return System.currentTimeMillis() / 1000;
  }

  private void tick() {
    long ts = now();
    hosts.replaceAll((name, host) ->
        host.state() == State.LIVE
            ? new HostStatus(
                host.host(),
                host.state(),
                host.reason(),
                host.since(),
                host.machine(),
                host.runs(),
                Optional.of(new SampleHost.Seen(row(name, ts))))
            : host);
    watchers.keySet().forEach(queue -> queue.add(ts));
  }

  /** The same host has the same number at the same second, whoever asks. */
  private static double value(String host, Metric metric, long ts) {
    int seed = host.hashCode() & 0xffff;
    double wave = 0.5 + 0.5 * Math.sin((ts + seed) / 600.0) * Math.cos(ts / 97.0 + seed);
    double own = (seed % 97) / 97.0;
    return switch (metric) {
      case CPU_UTILIZATION -> Math.clamp(own * own * 0.7 + wave * 0.3, 0, 1);
      case MEMORY_TOTAL_BYTES -> 8 * GIB;
      case MEMORY_USED_BYTES -> (2 + 4 * own + wave) * GIB;
      case FILESYSTEM_USED_RATIO_MAX -> Math.clamp(0.2 + own * 0.7, 0, 1);
      case LOAD1 -> own * 3 + wave;
      case UPTIME_SECONDS -> 200_000 + seed * 7.0 + ts % 100_000;
      default -> wave * own * 8e6;
    };
  }

  private static Row row(String host, long ts) {
    Row.Builder row = Row.at(ts, new HostName(host), 1);
    for (Metric metric : STREAMED) {
      row.set(metric, value(host, metric, ts));
    }
    return row.build();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try {
      if (path.startsWith("/assets/")) {
        asset(exchange, path.split("/", -1));
        return;
      }
      switch (path) {
        case "/" -> send(exchange, "text/html; charset=utf-8", page());
        case "/api/fleet" -> send(exchange, "application/json", fleet());
        case "/api/stream/fleet" -> stream(exchange);
        case "/api/history" -> send(exchange, "application/json", history(query(exchange)));
        case "/api/events" -> send(exchange, "application/json", events());
        default ->
            send(exchange, "application/json", "{\"parts\":[]}".getBytes(StandardCharsets.UTF_8));
      }
    } finally {
      exchange.close();
    }
  }

  FleetView view() {
    return new FleetView(now(), new HostName("web-1"), List.copyOf(hosts.values()), trouble);
  }

  byte[] page() {
    NodeView node = SampleHost.node();
    NodeView serving =
        new NodeView(
            node.name(),
            node.version(),
            Instant.ofEpochSecond(now()),
            node.archive(),
            node.parts(),
            node.backlog(),
            node.cost(),
            node.price());
    return pages.fleet(FleetPage.of(view(), serving, assets));
  }

  byte[] fleet() {
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeNumberProperty("ts", now());
      out.writeStringProperty("node", "web-1");
      out.writeName("trouble");
      out.writeString(trouble.orElse(null));
      out.writeName("hosts");
      out.writeStartArray();
      hosts.values().forEach(host -> host(out, host, true));
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  private static void host(JsonGenerator out, HostStatus host, boolean whole) {
    out.writeStartObject();
    out.writeStringProperty("host", host.host().value());
    out.writeStringProperty("state", host.state().text());
    out.writeName("reason");
    out.writeString(host.reason().orElse(null));
    out.writeNumberProperty("since", host.since());
    if (whole) {
      Machine machine = host.machine().orElseThrow();
      out.writeStringProperty("zone", machine.zone().orElse(null));
      out.writeStringProperty("type", machine.type().orElse(null));
      out.writeStringProperty("instance", machine.instance().orElse(null));
      out.writeStringProperty("version", machine.version());
      out.writeStringProperty("address", machine.address().orElse(null));
      out.writeName("runs");
      out.writeStartArray();
      out.writeEndArray();
    }
    out.writeName("row");
    out.writeRawValue(new String(host.latest().orElseThrow().row().json(), StandardCharsets.UTF_8));
    out.writeEndObject();
  }

  private void stream(HttpExchange exchange) throws IOException {
    Set<String> seen = Set.of(query(exchange).getOrDefault("hosts", "").split(",", -1));
    watched.addAll(seen);
    LinkedBlockingQueue<Long> queue = new LinkedBlockingQueue<>();
    watchers.put(queue, seen);
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write("retry: 1000\n\n".getBytes(StandardCharsets.UTF_8));
      out.flush();
      while (true) {
        long ts = queue.take();
        if (ts == HANG_UP) {
          return;
        }
        out.write(event(ts, seen));
        out.flush();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      watchers.remove(queue);
    }
  }

  private byte[] event(long ts, Set<String> seen) {
    byte[] json =
        Json.bytes(out -> {
          out.writeStartObject();
          out.writeNumberProperty("ts", ts);
          out.writeName("hosts");
          out.writeStartArray();
          for (HostStatus host : hosts.values()) {
            String name = host.host().value();
            if (host.since() >= ts - 3
                || seen.contains(name)
                || Math.floorMod(name.hashCode(), 15) == ts % 15) {
              host(out, host, false);
            }
          }
          out.writeEndArray();
          out.writeEndObject();
        });
    return ("id: " + ts + "\ndata: " + new String(json, StandardCharsets.UTF_8) + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private byte[] history(Map<String, String> query) {
    long now = now();
    String to = query.getOrDefault("to", Long.toString(now));
    String from = query.getOrDefault("from", "-1h");
    long end = Long.parseLong(to);
    long begin = from.equals("-1h") ? now - 3600 : Long.parseLong(from);
    int step =
        Math.max(
            1,
            Math.ceilDiv((int) (end - begin), Integer.parseInt(query.getOrDefault("points", ""))));
    long start = begin / step * step;
    int buckets = Math.toIntExact(Math.ceilDiv(end - start, step));
    return Json.bytes(out -> {
      out.writeStartObject();
      out.writeNumberProperty("start", start);
      out.writeNumberProperty("step", step);
      out.writeNumberProperty("buckets", buckets);
      out.writeNumberProperty("to", end);
      out.writeName("series");
      out.writeStartArray();
      for (String host : query.getOrDefault("hosts", "").split(",", -1)) {
        for (String field : query.getOrDefault("metrics", "").split(",", -1)) {
          series(out, host, metric(field), start, step, buckets);
        }
      }
      out.writeEndArray();
      out.writeName("problems");
      out.writeStartArray();
      out.writeEndArray();
      out.writeEndObject();
    });
  }

  /** Nobody has rows from 25 to 20 minutes before the start; those that ended have none since. */
  private void series(
      JsonGenerator out, String host, Metric metric, long start, int step, int buckets) {
    HostStatus status = host(host);
    long last = status.state() == State.LIVE ? Long.MAX_VALUE : status.since();
    out.writeStartObject();
    out.writeStringProperty("host", host);
    out.writeStringProperty("metric", metric.fullName());
    out.writeStringProperty("key", "");
    out.writeName("avg");
    out.writeStartArray();
    for (int i = 0; i < buckets; i++) {
      long ts = start + (long) i * step;
      if (ts > last || (ts > started - 1500 && ts < started - 1200)) {
        out.writeNull();
      } else {
        out.writeNumber(metric.unit().decimal(metric.scaled(value(host, metric, ts))));
      }
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private static Metric metric(String name) {
    return Metric.scalars().stream()
        .filter(one -> one.fullName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private byte[] events() {
    List<String> all = new ArrayList<>();
    for (HostStatus host : hosts.values()) {
      switch (host.state()) {
        case ENDED -> all.add(event(host.since(), host, "ended", host.reason().orElse("")));
        case LOST -> all.add(event(host.since(), host, "lost", ""));
        default -> {}
      }
    }
    IntStream.range(0, 3)
        .forEach(i -> {
          HostStatus host = host(names(State.LIVE).get(i));
          all.add(event(started - 900 - i * 5L, host, "launched", ""));
          all.add(event(started - 2000 - i * 5L, host, "version", "1.1.9 → 1.2.0"));
        });
    return ("{\"events\":[" + String.join(",", all) + "]}").getBytes(StandardCharsets.UTF_8);
  }

  private static String event(long ts, HostStatus host, String kind, String detail) {
    return "{\"ts\":%d,\"host\":\"%s\",\"kind\":\"%s\",\"detail\":\"%s\"}"
        .formatted(ts, host.host(), kind, detail);
  }

  private void asset(HttpExchange exchange, String[] parts) throws IOException {
    Assets.Answer file =
        assets.answer(
            parts[2], parts[3], exchange.getRequestHeaders().getFirst("Accept-Encoding"), null);
    file.headers().forEach(exchange.getResponseHeaders()::set);
    exchange.sendResponseHeaders(file.status(), file.body().length);
    exchange.getResponseBody().write(file.body());
  }

  private static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Content-Security-Policy", ScriptsTest.POLICY);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
  }

  private static Map<String, String> query(HttpExchange exchange) {
    return Arrays.stream(
            Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("").split("&", -1))
        .map(part -> part.split("=", 2))
        .filter(part -> part.length == 2)
        .collect(
            Collectors.toMap(
                part -> part[0], part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8)));
  }

  @Override
  public void close() {
    ticks.shutdownNow();
    server.stop(0);
    threads.shutdownNow();
  }
}
