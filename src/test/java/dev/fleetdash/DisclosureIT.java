package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the jar tells everybody while its archive fails. */
class DisclosureIT {
  @TempDir private Path directory;

  @Test
  void noPageNamesTheMachinesDirectoriesOrItsUser() throws Exception {
    Files.writeString(directory.resolve("archive"), "a file, where the directory should be");
    try (RunningJar node = RunningJar.start(directory, Map.of())) {
      node.sampling();
      Patience.await()
          .until(() -> node.get("/health/details").body().contains("is not a directory"));

      for (String path :
          List.of(
              "/",
              "/health/details",
              "/api/info",
              "/api/openapi.json",
              "/api/fleet",
              "/api/history?metrics=load1&from=-1h",
              "/api/history?hosts=nobody&metrics=load1&from=-4d",
              "/metrics")) {
        assertThat(node.get(path).body())
            .as(path)
            .doesNotContain(directory.toString(), "user " + System.getProperty("user.name"));
      }
    }
  }
}
