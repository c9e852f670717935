package dev.fleetdash;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.S3Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes, several in this process, with one bucket between them. */
class FleetOfAppsTest {
  private static final Map<String, String> AWS =
      Map.of(
          "aws.region", S3Server.REGION.id(),
          "aws.accessKeyId", S3Server.ACCESS_KEY,
          "aws.secretAccessKey", S3Server.SECRET_KEY);

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Map<String, App> nodes = new HashMap<>();
  private S3Server s3;

  @BeforeEach
  void startBucket() throws IOException {
    s3 = new S3Server("fleet");
    AWS.forEach(System::setProperty);
    System.setProperty("aws.endpointUrlS3", s3.endpoint().toString());
  }

  @AfterEach
  void stop() {
    nodes.values().forEach(App::close);
    client.shutdownNow();
    AWS.keySet().forEach(System::clearProperty);
    System.clearProperty("aws.endpointUrlS3");
    s3.close();
  }

  @Test
  void everyNodeShowsAllOfThemWithTheNumbersThatEachShowsOfItself() throws Exception {
    for (String name : List.of("web-1", "web-2", "web-3")) {
      start(name, Map.of());
    }
    // Who looks sooner sees the others a minute later.
    try (Archive bucket = s3.archive("s3://fleet/prod", new Telemetry(InstantSource.system()))) {
      await().until(() -> bucket.list("v1/hosts/", 10).size() >= 3);
    }

    for (String node : nodes.keySet()) {
      await().until(() -> states(node).equals("web-1 live web-2 live web-3 live"));
      for (String host : nodes.keySet()) {
        await().until(() -> sameRow(node, host));
      }
    }
    HttpResponse<String> foreign = get("web-1", "/api/live?host=web-3");
    assertThat(foreign.headers().firstValue("X-Fleetdash-Host")).contains("web-3");
    assertThat(foreign.headers().firstValue("X-Fleetdash-State")).contains("live");
    assertThat(get("web-1", "/api/live?host=web-9").statusCode()).isEqualTo(404);
    assertThat(get("web-1", "/api/fleet").body())
        .startsWith("{\"ts\":")
        .contains("\"node\":\"web-1\",\"trouble\":null,\"hosts\":[{\"host\":\"web-1\"")
        .doesNotContain("top_processes");
    assertThat(get("web-1", "/api/events").body())
        .contains("\"host\":\"web-2\",\"kind\":\"launched\"");
    assertThat(get("web-1", "/peer/live").statusCode()).isEqualTo(401);
    theStreamsBringNewsOfOtherHosts();
    historyIsWhatTheOtherHostsRingHas();
    whoSaysGoodbyeHasEndedAndItsLastRowsStay();
  }

  private void theStreamsBringNewsOfOtherHosts() throws Exception {
    List<String> fleet = events("/api/stream/fleet?hosts=web-2", 4);
    assertThat(fleet.getFirst()).contains("\"host\":\"web-1\"", "\"host\":\"web-3\"");
    assertThat(fleet.subList(1, 4)).allMatch(event -> event.contains("\"host\":\"web-2\""));

    List<String> host = events("/api/stream?host=web-2", 4);
    assertThat(host).allMatch(event -> event.contains("\"host\":\"web-2\",\"run\":"));
    List<Long> seconds = host.stream().map(FleetOfAppsTest::ts).toList();
    assertThat(seconds).isSorted().doesNotHaveDuplicates();
  }

  private void historyIsWhatTheOtherHostsRingHas() throws Exception {
    long to = ts(get("web-2", "/api/live").body());
    String question =
        "/api/history?hosts=web-2&metrics=cpu_utilization,cores.utilization&from=%d&to=%d"
            .formatted(to - 10, to);

    assertThat(get("web-1", question).body())
        .isEqualTo(get("web-2", question).body())
        .contains("\"problems\":[]");
  }

  private void whoSaysGoodbyeHasEndedAndItsLastRowsStay() throws Exception {
    String before = get("web-3", "/api/live").body();
    node("web-3").close();
    nodes.remove("web-3");

    await().until(() -> states("web-1").endsWith("web-3 ended"));
    HttpResponse<String> last = get("web-1", "/api/live?host=web-3");
    assertThat(last.headers().firstValue("X-Fleetdash-State")).contains("ended");
    // After a plain stop the last seconds may wait in its spool.
    assertThat(ts(last.body())).isGreaterThanOrEqualTo(ts(before) - 2);
    assertThat(get("web-1", "/api/fleet").body())
        .contains("{\"host\":\"web-3\",\"state\":\"ended\",\"reason\":\"stopped\"");
    await()
        .until(() ->
            get("web-2", "/api/events")
                .body()
                .contains("\"host\":\"web-3\",\"kind\":\"ended\",\"detail\":\"stopped\""));
    // A node that has never heard of it.
    start("web-4", Map.of());
    await().until(() -> states("web-4").contains("web-3 ended"));
    // It waits a moment for the archive, and else says so.
    await().until(() -> get("web-4", "/api/live?host=web-3").statusCode() == 200);
    assertThat(ts(get("web-4", "/api/live?host=web-3").body()))
        .isGreaterThanOrEqualTo(ts(before) - 10);
  }

  @Test
  void aNodeWithoutABucketServesItself() throws Exception {
    s3.stop();
    start("web-1", Map.of());

    await().until(() -> get("web-1", "/api/live").statusCode() == 200);
    assertThat(states("web-1")).isEqualTo("web-1 live");
    await().until(() -> get("web-1", "/api/fleet").body().contains("records cannot be read"));
  }

  @Test
  void anInstanceIsOpenedByItsPublicNameAndByATunnelButNotByAnothersName() throws Exception {
    try (MetadataServer ec2 = new MetadataServer()) {
      ec2.set(
          MetadataServer.IDENTITY,
          """
          {"instanceId":"i-1","instanceType":"t4g.micro","region":"eu-central-1",
           "availabilityZone":"eu-central-1a"}
          """);
      ec2.set(MetadataServer.PUBLIC_NAME, "ec2-203-0-113-7.eu-central-1.compute.amazonaws.com");
      start(
          "web-1",
          Map.of(
              "AWS_EC2_METADATA_DISABLED", "false",
              "AWS_EC2_METADATA_SERVICE_ENDPOINT", ec2.endpoint(),
              "FLEETDASH_TRUST_PROXY", "127.0.0.0/8",
              "FLEETDASH_BIND", "0.0.0.0",
              "FLEETDASH_ALLOW_HOSTS", "fleetdash-prod-1.eu-central-1.elb.amazonaws.com"));
    }

    assertThat(opened("ec2-203-0-113-7.eu-central-1.compute.amazonaws.com:8080")).contains(" 200 ");
    assertThat(opened("203.0.113.7:8080")).contains(" 200 ");
    assertThat(opened("localhost:9999")).contains(" 200 ");
    assertThat(opened("fleetdash-prod-1.eu-central-1.elb.amazonaws.com")).contains(" 200 ");
    assertThat(opened("ec2-203-0-113-8.eu-central-1.compute.amazonaws.com")).contains(" 421 ");
    assertThat(opened("dash.example.org")).contains(" 421 ");
  }

  /** The first line of the answer to a browser that was led here by that name. */
  private String opened(String name) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node("web-1").port())) {
      socket.setSoTimeout(Patience.MILLIS);
      String head = "GET /api/info HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .findFirst()
          .orElse("");
    }
  }

  private boolean sameRow(String node, String host) throws Exception {
    return get(node, "/api/live?host=" + host).body().equals(get(host, "/api/live").body());
  }

  private String states(String node) throws Exception {
    List<String> states = new ArrayList<>();
    Pattern.compile("\\{\"host\":\"([^\"]*)\",\"state\":\"([a-z]*)\"")
        .matcher(get(node, "/api/fleet").body())
        .results()
        .forEach(host -> states.add(host.group(1) + " " + host.group(2)));
    return String.join(" ", states);
  }

  private static long ts(String json) {
    return Pattern.compile("\"ts\":(\\d+)")
        .matcher(json)
        .results()
        .mapToLong(ts -> Long.parseLong(ts.group(1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no ts in " + json));
  }

  private List<String> events(String path, int count) throws Exception {
    HttpResponse<java.io.InputStream> stream =
        client.send(request("web-1", path), BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    List<String> events = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      while (events.size() < count) {
        String line = lines.readLine();
        if (line.startsWith("data: ")) {
          events.add(line);
        }
      }
    }
    return events;
  }

  private HttpResponse<String> get(String node, String path) throws Exception {
    return client.send(request(node, path), BodyHandlers.ofString());
  }

  private App node(String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  private HttpRequest request(String node, String path) {
    URI uri = URI.create("http://127.0.0.1:" + node(node).port() + path);
    return Patience.request(uri).build();
  }

  private void start(String name, Map<String, String> more) throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("FLEETDASH_ARCHIVE", "s3://fleet/prod");
    environment.put("FLEETDASH_SPOOL", folder.resolve(name).toString());
    environment.put("FLEETDASH_HOST", name);
    environment.put("FLEETDASH_PORT", "0");
    environment.put("FLEETDASH_FLUSH", "1s");
    environment.put("FLEETDASH_PEERS_ALLOW", "127.0.0.0/8");
    environment.putAll(more);
    nodes.put(
        name, App.start(Config.read(environment, 1L << 30), environment, InstantSource.system()));
  }
}
