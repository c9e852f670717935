package dev.fleetdash;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.RunningJar;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes of the shipped jar on one machine, with one name, and spools of their own. */
class TwinsIT {
  @TempDir private Path directory;

  @Test
  void secondProcessIsRefusedAndGoesOnWithAllItsRowsWhenTheFirstIsGone() throws Exception {
    try (RunningJar first = start("first").healthy()) {
      await().until(() -> !archived().isEmpty());
      try (RunningJar second = start("second").healthy().watched()) {
        await()
            .until(() ->
                details(second).contains("another process on this machine, or on a copy of it"));
        await().until(() -> details(second).contains("writes as host " + RunningJar.HOST));
        assertThat(details(second))
            .contains("127.0.0.1:" + first.port())
            .contains("FLEETDASH_HOST");
        assertThat(second.output()).contains("name is another's");
        assertThat(archived()).doesNotHaveDuplicates();
        assertThat(details(first)).doesNotContain("\"status\":\"failing\"");

        first.kill();

        List<Long> waiting = second.seen();
        assertThat(waiting).isNotEmpty();
        await().until(() -> archived().containsAll(waiting));
        await().until(() -> !details(second).contains("\"status\":\"failing\""));
      }
    }
  }

  private RunningJar start(String name) throws Exception {
    return RunningJar.start(
        directory,
        Map.of("FLEETDASH_FLUSH", "5s", "FLEETDASH_SPOOL", directory.resolve(name).toString()));
  }

  private static String details(RunningJar jar) throws Exception {
    return jar.get("/health/details").body();
  }

  private List<Long> archived() throws Exception {
    try (Archive archive =
        ArchiveLocation.parse("file:" + directory.resolve("archive"))
            .open(new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive);
    }
  }
}
