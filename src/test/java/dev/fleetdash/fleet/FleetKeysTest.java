package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetKeysTest {
  private static final int STARTS = 50;
  private final Telemetry telemetry = new Telemetry(InstantSource.system());
  private final AtomicLong nanos = new AtomicLong();

  @TempDir private Path folder;

  @Test
  void fiftyFirstStartsAtOnceMakeOneKeyInABucket() throws Exception {
    try (S3Server s3 = new S3Server("fleet")) {
      List<Archive> archives = new ArrayList<>();
      for (int i = 0; i < STARTS; i++) {
        archives.add(s3.archive("s3://fleet/prod", telemetry));
      }

      List<FleetKey> keys = startAtOnce(archives);

      assertThat(keys).hasSize(STARTS);
      assertThat(keys.stream().map(FleetKey::hex).distinct()).hasSize(1);
      assertThat(archives.getFirst().list("fleet/", 10))
          .extracting(Archive.Listed::key)
          .containsExactly(FleetKeys.OBJECT);
      assertThat(archives.getFirst().list("v1/", 10)).isEmpty();
      archives.forEach(Archive::close);
    }
  }

  @Test
  void fiftyFirstStartsAtOnceMakeOneKeyInADirectory() throws Exception {
    List<Archive> archives = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      archives.add(ArchiveLocation.parse("file:" + folder).open(telemetry));
    }

    List<FleetKey> keys = startAtOnce(archives);

    assertThat(keys.stream().map(FleetKey::hex).distinct()).hasSize(1);
  }

  private List<FleetKey> startAtOnce(List<Archive> archives) throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<FleetKey> keys = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<FleetKey>> starting =
          archives.stream()
              .map(archive ->
                  threads.submit(() -> {
                    go.await();
                    return firstKey(archive);
                  }))
              .toList();
      go.countDown();
      for (Future<FleetKey> start : starting) {
        keys.add(start.get());
      }
    }
    return keys;
  }

  /** Whoever waits too long for the lock of a directory tries again, as when it runs. */
  private FleetKey firstKey(Archive archive) {
    AtomicLong time = new AtomicLong();
    FleetKeys started = new FleetKeys(archive, time::get, Patience.LIMIT, telemetry);
    Optional<FleetKey> key = started.signing();
    while (key.isEmpty()) {
      time.addAndGet(Duration.ofMinutes(1).toNanos());
      key = started.signing();
    }
    return key.get();
  }

  @Test
  void withoutAnArchiveThereIsNoKeyAndThatIsSaid() throws Exception {
    try (S3Server s3 = new S3Server();
        Archive archive = s3.archive("s3://nowhere", telemetry)) {
      FleetKeys keys = keys(archive);

      keys.refresh().join();

      assertThat(keys.signing()).isEmpty();
      assertThat(telemetry.state("fleet key").map(Part.State::status))
          .contains(Part.Status.FAILING);
    }
  }

  @Test
  void aKeyOnceReadIsRememberedWhileTheArchiveIsAway() throws Exception {
    MemoryArchive there = new MemoryArchive();
    AtomicLong away = new AtomicLong();
    MemoryArchive archive =
        new MemoryArchive(() -> {
          if (away.get() > 0) {
            throw new IllegalStateException("away");
          }
        });
    FleetKeys keys = keys(archive);
    keys.refresh().join();
    Optional<FleetKey> before = keys.signing();

    away.set(1);
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    keys.refresh().join();

    assertThat(before).isPresent();
    assertThat(keys.signing()).isEqualTo(before);
    assertThat(there.list("", 1)).isEmpty();
  }

  @Test
  void keyThatSomebodyDeletedIsPutBackSoThatNoPeerIsRefused() throws Exception {
    Archive archive = ArchiveLocation.parse("file:" + folder).open(telemetry);
    FleetKeys keys = keys(archive);
    keys.refresh().join();
    Optional<FleetKey> before = keys.signing();
    Files.delete(folder.resolve(FleetKeys.OBJECT));

    nanos.addAndGet(Duration.ofMinutes(5).toNanos());
    keys.refresh().join();

    assertThat(keys.signing()).isEqualTo(before);
    assertThat(folder.resolve(FleetKeys.OBJECT)).content().contains(before.orElseThrow().hex());
    assertThat(telemetry.state("fleet key").orElseThrow().detail())
        .contains("was the archive emptied?");
  }

  @Test
  void keyThatEveryUserCouldReadIsClosedAndThePartSaysSo() throws Exception {
    Archive archive = ArchiveLocation.parse("file:" + folder).open(telemetry);
    keys(archive).refresh().join();
    Path key = folder.resolve(FleetKeys.OBJECT);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(
        folder.resolve("fleet"), PosixFilePermissions.fromString("rwxr-xr-x"));

    keys(archive).refresh().join();

    assertThat(Files.getPosixFilePermissions(key))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(telemetry.state("fleet key").orElseThrow().detail())
        .contains("could be read by every user of this machine");
  }

  @Test
  void theKeysAreReadAgainAfterMinutesAndNotMoreOften() {
    AtomicLong reads = new AtomicLong();
    MemoryArchive archive = new MemoryArchive(reads::incrementAndGet);
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(FleetKey.random())));
    FleetKeys keys = keys(archive);
    keys.refresh().join();
    FleetKey other = FleetKey.random();
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(other)));

    nanos.addAndGet(Duration.ofSeconds(299).toNanos());
    keys.accepted();
    assertThat(reads).hasValue(1);

    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    keys.accepted();
    keys.refresh().join();
    assertThat(keys.signing()).contains(other);
    assertThat(reads).hasValue(2);
  }

  @Test
  void whatIsNoListOfKeysIsRefusedWithoutAWordOfIt() {
    for (String text :
        List.of(
            "",
            "[]",
            "{\"keys\":[]}",
            "{\"keys\":[\"5ec4e7\"]}",
            "{\"keys\":[\"5ec4e7" + "z".repeat(58) + "\"]}",
            "{\"keys\":[5123]}",
            "{\"keys\":[\"5ec4e7")) {
      assertThatThrownBy(() -> FleetKeysJson.read(text.getBytes(UTF_8)))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class)
          .hasNoCause()
          .message()
          .doesNotContain("5ec4e7", "5123");
    }
  }

  private FleetKeys keys(Archive archive) {
    return new FleetKeys(archive, nanos::get, Patience.LIMIT, telemetry);
  }
}
