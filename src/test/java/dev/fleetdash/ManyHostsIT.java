package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Crowd;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The jar with the flags that it is shipped with, whose archive tells of more than it can keep. */
class ManyHostsIT {
  private static final int EACH = 8;
  private static final List<String> ALL_AT_ONCE =
      List.of("/api/fleet", "/api/events?from=-6d", "/api/events?from=-6d&to=-3d", "/");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    // Others each day, as where instances live for hours.
    "3000, 1, there are more than",
    // Each of them starts and dies all day long.
    "400, 250, only the newest",
  })
  void whoAsksWhatHappenedIsToldAsMuchAsThereIsMemoryFor(int hosts, int starts, String missing)
      throws Exception {
    Crowd.fill(directory.resolve("archive"), hosts, starts);
    try (RunningJar node = RunningJar.start(directory, Map.of()).healthy();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Patience.await()
          .until(() -> json(node.get("/api/fleet")).get("hosts").size() > Math.min(hosts, 900));

      List<Future<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < EACH; i++) {
        ALL_AT_ONCE.forEach(path -> answers.add(threads.submit(() -> node.get(path))));
      }

      for (Future<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode())
            .as(answer.get().uri() + " " + node.output())
            .isIn(200, 503);
      }
      assertThat(json(node.get("/api/events?from=-6d")).get("trouble").asString())
          .contains(missing);
      assertThat(node.running()).isTrue();
    }
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return new ObjectMapper().readTree(answer.body());
  }
}
