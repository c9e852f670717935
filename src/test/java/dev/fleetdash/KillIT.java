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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, really killed. */
class KillIT {
  private static final int KILLS = 20;

  @TempDir private Path directory;

  @Test
  void twentyKillsCostAtMostTheLastTwoRowsBeforeEach() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      try (RunningJar jar =
          RunningJar.start(directory, Map.of("FLEETDASH_FLUSH", "2s")).healthy().watched()) {
        int rows = i % 4;
        await().until(() -> jar.seen().size() >= rows);
        // Anywhere within the second, because what happens after a tick takes no time that a
        // condition could catch.
        LockSupport.parkNanos(random.nextLong(1_000_000_000));
        jar.kill();
        // Two ticks later a row is on disk, however long the machine takes for a tick.
        List<Long> seen = jar.seen();
        expected.addAll(seen.subList(0, Math.max(0, seen.size() - 2)));
      }
    }

    try (RunningJar last = RunningJar.start(directory, Map.of()).healthy()) {
      assertThat(last.terminate()).isEqualTo(143);
    }

    try (Archive archive =
        ArchiveLocation.parse("file:" + directory.resolve("archive"))
            .open(new Telemetry(InstantSource.system()))) {
      List<Long> archived = ArchivedRows.seconds(archive);
      assertThat(archived).as("seed " + seed).doesNotHaveDuplicates().containsAll(expected);
      assertThat(expected).isNotEmpty();
    }
  }
}
