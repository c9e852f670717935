package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.RunningJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of the jar, whatever others do. */
class LogIT {
  private static final int MANY = 300;

  @TempDir private Path directory;

  @Test
  void hundredsOfBrokenRecordsAreToldInAFewLines() throws Exception {
    Path records =
        Files.createDirectories(
            directory.resolve("archive/v1/hosts/dt=" + LocalDate.now(ZoneOffset.UTC)));
    for (int i = 0; i < MANY; i++) {
      Files.writeString(records.resolve("broken-" + i + ".json"), "{");
    }
    try (RunningJar node = RunningJar.start(directory, Map.of(), "--viewer")) {
      node.healthy().get("/api/fleet");

      assertThat(node.output().lines().filter(line -> line.contains("host record cannot be read")))
          .hasSizeBetween(1, 25)
          .last()
          .asString()
          .endsWith("(from now on one a minute)");
    }
  }
}
