package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Attacks with many connections, most of which do not behave. */
record Connections(String name, String what, int count, Function<Target, Manner> manner)
    implements Attack {
  private static final Duration A_WHILE = Duration.ofSeconds(20);
  private static final String METRICS =
      Metric.scalars().stream().limit(20).map(Metric::field).collect(Collectors.joining(","));

  /** Heads of requests that never end. */
  static Connections halfOpen() {
    return new Connections(
        "half-open",
        "6,000 connections with 7 kB of a head that never ends, each a byte more every 2 s",
        6_000,
        target ->
            Manner.of(() ->
                    target
                        .head("/", "X: " + "a".repeat(7_000))
                        .stripTrailing()
                        .getBytes(ISO_8859_1))
                .dripping(Duration.ofSeconds(2)));
  }

  /** Bodies of requests that never end. */
  static Connections halfBodies() {
    return new Connections(
        "half-bodies",
        "1,000 connections with a body of 60 kB of which a byte comes every 2 s",
        1_000,
        target ->
            Manner.of(() -> target.get("/api/catalogue", "Content-Length: 60000"))
                .dripping(Duration.ofSeconds(2)));
  }

  /** Streams that nobody reads. */
  static Connections deafStreams() {
    return new Connections(
        "deaf-streams",
        "1,000 streams from the first row on that are never read",
        1_000,
        target ->
            Manner.of(() -> target.get("/api/stream", "Last-Event-ID: 0"))
                .taking(Manner.Taking.NOTHING)
                .staying(A_WHILE));
  }

  /** Many answers that nobody reads, on few connections. */
  static Connections deafPipelines() {
    return new Connections(
        "deaf-pipelines",
        "16 connections with 400 GETs each of /api/openapi.json, never read",
        16,
        target ->
            Manner.of(() -> times(400, target.get("/api/openapi.json")))
                .taking(Manner.Taking.NOTHING)
                .staying(A_WHILE));
  }

  /** Large answers that nobody reads. */
  static Connections deafCharts() {
    return new Connections(
        "deaf-charts",
        "16 connections with 30 GETs each of 20 metrics at 5,000 points, never read",
        16,
        target ->
            Manner.of(() ->
                    times(
                        30,
                        target.get("/api/history?metrics=" + METRICS + "&from=-5000s&points=5000")))
                .taking(Manner.Taking.NOTHING)
                .staying(A_WHILE));
  }

  /** Large answers that are read slowly, packed or not. */
  static Connections slowReaders() {
    String[] paths = {
      "/api/history.csv?metrics=" + METRICS + "&from=-5000s&points=5000",
      "/api/history?metrics=" + METRICS + "&from=-24h&points=2000",
      "/api/fleet",
      "/api/openapi.json",
      "/metrics?",
      "/",
    };
    return new Connections(
        "slow-readers",
        "128 connections that read charts, pages and documents, every other packed, at 8 kB/s",
        128,
        target ->
            Manner.of(() ->
                    target.get(
                        paths[ThreadLocalRandom.current().nextInt(paths.length)],
                        ThreadLocalRandom.current().nextBoolean()
                            ? "Accept-Encoding: gzip"
                            : "Accept: */*"))
                .taking(Manner.Taking.LITTLE)
                .staying(A_WHILE));
  }

  /** Streams of the fleet with as many hosts on the screen as go into a request, all made up. */
  static Connections strangersOnScreen() {
    return new Connections(
        "strangers-on-screen",
        "4,000 streams of the fleet, each with 110 made-up hosts of 64 letters on its screen",
        4_000,
        target ->
            Manner.of(() -> target.get("/api/stream/fleet?hosts=" + Questions.madeUp(110, 64))));
  }

  /** Questions of people who do not wait for the answer. */
  static Connections hangUps() {
    String known = String.join(",", Neighbours.names());
    return new Connections(
        "hang-ups",
        "charts of 50 hosts and streams whose client hangs up after 50 ms, up to 1,000 a second",
        50,
        target ->
            Manner.of(() ->
                    target.get(
                        ThreadLocalRandom.current().nextBoolean()
                            ? "/api/history?hosts=" + known + "&metrics=load1&from=-4d"
                            : "/api/stream?host=neighbour-07"))
                .staying(Duration.ofMillis(50)));
  }

  /** Streams one after the other on each connection. */
  static Connections pipelinedStreams() {
    return new Connections(
        "pipelined-streams",
        "1,000 connections with 60 streams asked for at once on each, every row since the start",
        1_000,
        target ->
            Manner.of(() -> times(60, target.get("/api/stream", "Last-Event-ID: 1")))
                .staying(A_WHILE));
  }

  /** Requests that look as if a member of the fleet had signed them. */
  static Connections forgedMembers() {
    return new Connections(
        "forged-members",
        "64 connections with 20 requests each that look signed by a member, anew every 200 ms",
        64,
        target ->
            Manner.of(() -> times(20, target.get("/peer/live", "Authorization: " + forged())))
                .staying(Duration.ofMillis(200)));
  }

  private static String forged() {
    byte[] random = new byte[48];
    ThreadLocalRandom.current().nextBytes(random);
    String hex = HexFormat.of().formatHex(random);
    return "Fleetdash-1 host=it-host,time=%d,nonce=%s,signature=%s"
        .formatted(System.currentTimeMillis(), hex.substring(0, 32), hex.substring(32));
  }

  /** More connections than there may be files. */
  static Connections tooMany() {
    return new Connections(
        "too-many",
        "1,000 connections, streams among them, where the node may have 256 files and sockets",
        1_000,
        target ->
            Manner.of(() ->
                target.get(ThreadLocalRandom.current().nextBoolean() ? "/api/stream" : "/health")));
  }

  private static byte[] times(int times, byte[] request) {
    byte[] all = new byte[times * request.length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(request, 0, all, i * request.length, request.length);
    }
    return all;
  }

  @Override
  public void run(Besieged node, Tally tally, Until until) throws IOException {
    try (Horde horde = new Horde(node.target(), manner.apply(node.target()), tally)) {
      horde.attack(count, until);
    }
  }
}
