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

/** The shipped jar on disks that have no room for its rows, while the archive has. */
class FullSpoolIT {
  /** Rows take about 3 kB each. */
  private static final String FILES_OF_4_KB = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";

  private static final String FULL_TMPFS =
      "mkdir -p \"$FLEETDASH_SPOOL\" && mount -t tmpfs -o size=64k tmpfs \"$FLEETDASH_SPOOL\""
          + " && { head -c 1m /dev/zero > \"$FLEETDASH_SPOOL/filler\"; exec \"$0\" \"$@\"; }";

  @TempDir private Path directory;

  @Test
  void rowsOfAFileThatMayGrowNoFurtherAreInTheArchive() throws Exception {
    try (RunningJar jar = start(List.of("bash", "-c", FILES_OF_4_KB))) {
      allThatIsSeenIsArchived(jar);
    }
  }

  @Test
  void rowsOfAFullDiskAreInTheArchive() throws Exception {
    List<String> through = List.of("unshare", "-rm", "bash", "-c", FULL_TMPFS);
    requireMountNamespaces();
    try (RunningJar jar = start(through)) {
      allThatIsSeenIsArchived(jar);
      assertThat(jar.get("/health/details").body()).contains("No space left on device");
    }
  }

  @Test
  void rowsOfADiskThatBecomesReadOnlyAreInTheArchive() throws Exception {
    requireMountNamespaces();
    try (RunningJar jar = start(List.of("unshare", "-rm"))) {
      await().until(() -> jar.seen().size() >= 3);
      String spool = directory.resolve("spool").toString();
      assertThat(
              works(
                  "nsenter",
                  "--target=" + jar.pid(),
                  "--user",
                  "--mount",
                  "--preserve-credentials",
                  "bash",
                  "-c",
                  "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"",
                  spool))
          .isTrue();

      allThatIsSeenIsArchived(jar);
      assertThat(jar.get("/health/details").body()).contains("Read-only file system");
    }
  }

  private static void requireMountNamespaces() throws Exception {
    assertThat(works("unshare", "-rm", "true"))
        .as("this user may make a mount namespace; be root, or allow user namespaces")
        .isTrue();
  }

  private RunningJar start(List<String> through) throws Exception {
    return RunningJar.start(directory, Map.of("FLEETDASH_FLUSH", "5s"), through, "127.0.0.1")
        .healthy()
        .watched();
  }

  private void allThatIsSeenIsArchived(RunningJar jar) throws Exception {
    await().until(() -> jar.seen().size() >= 20);
    List<Long> seen = jar.seen();
    await().until(() -> archived().containsAll(seen));
    assertThat(archived()).doesNotHaveDuplicates();
    assertThat(jar.get("/health/details").body())
        .contains("cannot write the spool")
        .contains("held in memory")
        .doesNotContain(directory.toString());
    assertThat(jar.get("/metrics").body()).contains("fleetdash_rows_dropped_total 0");
  }

  private List<Long> archived() throws Exception {
    try (Archive archive =
        ArchiveLocation.parse("file:" + directory.resolve("archive"))
            .open(new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive);
    }
  }

  private static boolean works(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }
}
