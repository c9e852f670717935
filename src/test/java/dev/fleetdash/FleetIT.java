package dev.fleetdash;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import dev.fleetdash.testing.Chromium;
import dev.fleetdash.testing.FleetBed;
import dev.fleetdash.testing.RunningJar;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A fleet of the shipped jar behind a balancer that sends each request to another node: what any of
 * them, and a person at the balancer, sees of all.
 */
class FleetIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A balancer that has not yet noticed a death answers so, or breaks off what had begun. */
  private static final String FAILED_AT_THE_BALANCER =
      "Failed to load resource: (the server responded with a status of 50[234] "
          + "|net::ERR_(CONNECTION_CLOSED|CONNECTION_RESET|CONTENT_LENGTH_MISMATCH|EMPTY_RESPONSE"
          + "|INCOMPLETE_CHUNKED_ENCODING)).*";

  @TempDir private Path directory;
  private FleetBed bed;

  @BeforeEach
  void make() throws IOException {
    bed = FleetBed.make(directory);
  }

  @AfterEach
  void close() throws IOException {
    bed.close();
  }

  @Test
  void everyNodeShowsOfEachNodeWhatThatShowsOfItself() throws Exception {
    start(1, 2, 3, 4);

    for (int asked = 1; asked <= 4; asked++) {
      RunningJar node = bed.node(asked);
      awaitStates(
          node, Map.of("node-1", "live", "node-2", "live", "node-3", "live", "node-4", "live"));
      for (int of = 1; of <= 4; of++) {
        assertSameSecond(node, of);
      }
    }
  }

  /** Both are asked until they speak of one second. */
  private void assertSameSecond(RunningJar node, int of) {
    await()
        .untilAsserted(() -> {
          JsonNode foreign = json(node, "/api/live?host=" + FleetBed.name(of));
          JsonNode own = json(bed.node(of), "/api/live");
          assertThat(foreign.path("host").asString()).isEqualTo(FleetBed.name(of));
          assertThat(foreign).isEqualTo(own);
        });
  }

  @Test
  void aPersonAtTheBalancerSeesWhatBecomesOfEachNodeAndNeverAnEmptyPage() throws Exception {
    start(1, 2, 3, 4);
    bed.awaitInService(4);
    List<String> complaints = new ArrayList<>();
    try (Chromium chromium = new Chromium();
        Page page =
            chromium.newPage(new Browser.NewPageOptions().setViewportSize(1440, 900), complaints)) {
      page.navigate(bed.balancer().toString());
      awaitShown(page, Map.of(1, "live", 2, "live", 3, "live", 4, "live"));

      bed.node(1).kill();
      bed.node(2).terminate();
      bed.cut(3);
      bed.node(4).suspend();
      bed.start(5);
      // What is shown of those that are cut off from each other depends on who serves the page.
      awaitShown(page, Map.of(2, "ended"));
      // Who is new is found by a look into the bucket, once a minute.
      page.waitForSelector("#hosts tr[data-host='node-5']");
      awaitStates(
          bed.node(5),
          // What is stale becomes something else after three minutes.
          Map.of(
              "node-1", "stale|lost",
              "node-2", "ended",
              "node-3", "stale|unreachable",
              "node-5", "live"));
      assertThat(
              hosts(bed.node(5)).getOrDefault("node-2", JSON.nullNode()).path("reason").asString())
          .contains("stopped");
      assertShowsNumbers(page);

      bed.node(4).resume();
      bed.heal(3);
      awaitShown(page, Map.of(2, "ended", 3, "live", 4, "live", 5, "live"));
      assertThat(complaints).allMatch(said -> said.matches(FAILED_AT_THE_BALANCER));
    }
  }

  @Test
  void oneNodeHasTheHistoryOfAllThatAreGoneAndSoHasANewOne() throws Exception {
    start(1, 2, 3, 4);
    bed.node(2).terminate();
    bed.node(3).terminate();
    bed.node(4).terminate();

    RunningJar fresh = bed.start(5);

    for (RunningJar node : new RunningJar[] {bed.node(1), fresh}) {
      for (int gone = 2; gone <= 4; gone++) {
        String host = FleetBed.name(gone);
        long archived = bed.lastArchived(gone);
        assertThat(archived).isPositive();
        await().untilAsserted(() -> assertThat(lastSecond(node, host)).isEqualTo(archived));
        await()
            .untilAsserted(() -> {
              JsonNode row = json(node, "/api/live?host=" + host);
              assertThat(row.path("host").asString()).isEqualTo(host);
              assertThat(row.path("ts").asLong()).isGreaterThanOrEqualTo(archived);
            });
        assertThat(node.get("/hosts/" + host).statusCode()).isEqualTo(200);
      }
      awaitStates(node, Map.of("node-2", "ended", "node-3", "ended", "node-4", "ended"));
    }
  }

  @Test
  void withoutTheBucketPeersStillSeeEachOtherAndANewNodeServesItself() throws Exception {
    start(1, 2);
    awaitStates(bed.node(1), Map.of("node-1", "live", "node-2", "live"));

    bed.s3().stop();

    RunningJar alone = bed.start(3);
    assertThat(json(alone, "/api/live").path("host").asString()).isEqualTo("node-3");
    awaitStates(alone, Map.of("node-3", "live"));
    long before = json(bed.node(1), "/api/live?host=node-2").path("ts").asLong();
    await()
        .untilAsserted(() ->
            assertThat(json(bed.node(1), "/api/live?host=node-2").path("ts").asLong())
                .isGreaterThan(before + 3));
    awaitStates(bed.node(1), Map.of("node-1", "live", "node-2", "live"));
  }

  private void start(int... nodes) throws IOException {
    for (int n : nodes) {
      bed.start(n);
    }
    bed.awaitRecords(nodes.length);
  }

  /** The last second of the host's history in which there is a number. */
  private static long lastSecond(RunningJar node, String host) throws Exception {
    JsonNode range =
        json(node, "/api/history?hosts=" + host + "&metrics=uptime_seconds&from=-1h&points=3600");
    JsonNode avg = range.path("series").path(0).path("avg");
    long last = 0;
    for (int i = 0; i < avg.size(); i++) {
      if (!avg.get(i).isNull()) {
        last = range.path("start").asLong() + i * range.path("step").asLong();
      }
    }
    return last;
  }

  /**
   * Returns when the node says so.
   *
   * @param wanted patterns of states, by host
   */
  private static void awaitStates(RunningJar node, Map<String, String> wanted) {
    await()
        .untilAsserted(() -> {
          Map<String, JsonNode> found = hosts(node);
          assertThat(wanted)
              .allSatisfy((host, state) ->
                  assertThat(found.getOrDefault(host, JSON.nullNode()).path("state").asString())
                      .as(host)
                      .matches(state));
        });
  }

  private static Map<String, JsonNode> hosts(RunningJar node) throws Exception {
    Map<String, JsonNode> hosts = new TreeMap<>();
    for (JsonNode host : json(node, "/api/fleet").path("hosts")) {
      hosts.put(host.path("host").asString(), host);
    }
    return hosts;
  }

  private static void awaitShown(Page page, Map<Integer, String> wanted) {
    wanted.forEach((n, state) ->
        page.waitForSelector(
            "#hosts tr[data-host='%s'] .state-%s".formatted(FleetBed.name(n), state)));
  }

  private static void assertShowsNumbers(Page page) {
    assertThat(page.textContent("#hosts")).containsPattern("\\d+(\\.\\d+)?\\h?%");
  }

  private static JsonNode json(RunningJar node, String path) throws Exception {
    HttpResponse<String> answer = node.get(path);
    assertThat(answer.statusCode()).as("%s: %s", path, answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }
}
