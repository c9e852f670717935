package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.HeapEater;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar with the flags that it is shipped with, when its memory is used up. */
class OutOfMemoryIT {
  /** The last of them may not be on disk yet. */
  private static final int ON_THEIR_WAY = 2;

  @TempDir private Path directory;

  @Test
  void endsAtOnceAndItsNextStartArchivesWhatWasOnDisk() throws Exception {
    List<Long> seen;
    try (RunningJar node = RunningJar.start(directory, Map.of("FLEETDASH_FLUSH", "5m"))) {
      node.sampling().watched();
      Patience.await().until(() -> node.seen().size() > 5);

      useUpTheHeapOf(node);

      assertThat(node.exitCode()).isEqualTo(3);
      assertThat(node.output()).contains("Terminating due to java.lang.OutOfMemoryError");
      seen = node.seen();
    }
    List<Long> onDisk = seen.subList(0, seen.size() - ON_THEIR_WAY);
    try (RunningJar _ = RunningJar.start(directory, Map.of()).sampling()) {
      Patience.await().until(() -> archived().containsAll(onDisk));
    }
  }

  private void useUpTheHeapOf(RunningJar node) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(node.pid()));
    try {
      machine.loadAgent(HeapEater.jar(directory).toString());
    } catch (IOException _) {
      // It has ended before it could answer.
    }
  }

  private List<Long> archived() throws IOException {
    try (Archive archive =
        ArchiveLocation.parse("file:" + directory.resolve("archive"))
            .open(new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive);
    }
  }
}
