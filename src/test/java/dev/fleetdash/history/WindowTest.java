package dev.fleetdash.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Patience;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowTest {
  private static final String INFLATED = "jdk.JavaMonitorInflate";

  @TempDir private Path directory;

  @Test
  void whoWaitsLeavesNothingOutsideTheHeap() throws Exception {
    Path file = directory.resolve("monitors.jfr");
    AtomicInteger done = new AtomicInteger();
    try (World world = new World(directory.resolve("world"), "2026-03-15T10:20:00Z", 10);
        Spool spool = Spool.none(new Telemetry(world.clock));
        ArchiveReader reader =
            new ArchiveReader(world.archive, spool, world.clock, world.clock::nanos);
        Recording recording = new Recording()) {
      recording.enable(INFLATED).withStackTrace();
      recording.start();
      for (int i = 0; i < 50; i++) {
        Window window = new Window(reader, 1);
        CountDownLatch waits = new CountDownLatch(1);
        Thread waiter = Thread.currentThread();
        window.add(() -> {
          Patience.await().until(() -> waiter.getState() == Thread.State.WAITING);
          waits.countDown();
        });
        window.add(done::incrementAndGet);
        window.await();
        Patience.await(waits);
      }
      recording.stop();
      recording.dump(file);
    }

    assertThat(done).hasValue(50);
    try (Stream<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()) {
      assertThat(
              events.filter(event -> event.getClass("monitorClass").getName().contains("Window")))
          .isEmpty();
    }
  }
}
