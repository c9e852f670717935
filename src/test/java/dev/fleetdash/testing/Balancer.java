package dev.fleetdash.testing;

import static dev.fleetdash.testing.Patience.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * HAProxy as the deployment's load balancer: round robin, no stickiness, checks of {@code /health},
 * an idle time-out of 60 s, and nothing that failed is tried again.
 */
final class Balancer implements AutoCloseable {
  private static final Path TOOLS = Path.of("target", "tools");

  private final Process process;
  private final List<ReservedPort> reserved;
  private final URI uri;
  private final URI statistics;

  private Balancer(Process process, List<ReservedPort> reserved, URI uri, URI statistics) {
    this.process = process;
    this.reserved = reserved;
    this.uri = uri;
    this.statistics = statistics;
  }

  /**
   * Starts it.
   *
   * @param nodes as in {@code 127.0.0.1:8081}; node 1 is the first
   */
  static Balancer before(List<String> nodes, Path directory) throws IOException {
    ReservedPort port = ReservedPort.take();
    ReservedPort statistics = ReservedPort.take();
    String servers =
        IntStream.range(0, nodes.size())
            .mapToObj(i -> "  server node-%d %s\n".formatted(i + 1, nodes.get(i)))
            .collect(Collectors.joining());
    Path configuration = directory.resolve("haproxy.cfg");
    Files.writeString(
        configuration,
        """
        global
          maxconn 1000
        defaults
          mode http
          retries 0
          no option redispatch
          timeout connect 1s
          timeout client 60s
          timeout server 60s
        frontend outside
          bind 127.0.0.1:%d
          default_backend nodes
        frontend statistics
          bind 127.0.0.1:%d
          stats enable
          stats uri /
        backend nodes
          balance roundrobin
          option httpchk GET /health
          http-check expect status 200
          default-server check inter 500ms rise 2 fall 3
        %s\
        """
            .formatted(port.number(), statistics.number(), servers));
    ProcessBuilder builder =
        new ProcessBuilder("haproxy", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("haproxy.log").toFile());
    // Of one that is not installed, but unpacked.
    builder.environment().merge("LD_LIBRARY_PATH", libraries(), (had, more) -> had + ":" + more);
    return new Balancer(
        builder.start(),
        List.of(port, statistics),
        URI.create("http://127.0.0.1:" + port.number()),
        URI.create("http://127.0.0.1:" + statistics.number() + "/;csv"));
  }

  private static String libraries() throws IOException {
    if (!Files.isDirectory(TOOLS)) {
      return "";
    }
    try (Stream<Path> files = Files.walk(TOOLS)) {
      return files
          .filter(file -> file.getFileName().toString().contains(".so"))
          .map(file -> file.toAbsolutePath().resolveSibling("").toString())
          .distinct()
          .collect(Collectors.joining(":"));
    }
  }

  URI uri() {
    return uri;
  }

  /** Returns when so many nodes are in service. */
  void awaitInService(int nodes) {
    await().until(() -> inService() == nodes);
  }

  private long inService() throws InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(Patience.request(statistics).build(), BodyHandlers.ofLines())
          .body()
          .filter(line -> line.matches("nodes,node-.*,UP,.*"))
          .count();
    } catch (IOException _) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    for (ReservedPort port : reserved) {
      port.close();
    }
  }
}
