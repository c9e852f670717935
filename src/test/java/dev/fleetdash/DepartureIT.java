package dev.fleetdash;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the shipped jar still brings into the bucket when its host ends. */
class DepartureIT {
  /** So long that no cut comes by itself while a test runs, save once an hour. */
  private static final String FLUSH = "60m";

  @TempDir private Path directory;
  private S3Server s3;
  private MetadataServer metadata;

  @BeforeEach
  void startServers() throws IOException {
    s3 = new S3Server("fleet");
    metadata = new MetadataServer();
  }

  @AfterEach
  void stopServers() throws IOException {
    metadata.close();
    s3.close();
  }

  @Test
  void onceItsEndIsAnnouncedItsRowsAreInTheBucketAlsoWithoutASignal() throws Exception {

    try (RunningJar jar = start()) {
      assertThat(jar.get("/health/details").body()).contains("\"departure\":null");
      metadata.set(MetadataServer.LIFECYCLE, "Terminated");
      List<Long> before = jar.seen();

      await().until(() -> archived().containsAll(before));
      assertThat(jar.get("/health/details").body())
          .contains("\"departure\":{\"reason\":\"scale_in\",\"notice\":\"Terminated\",\"at\":null}")
          .contains("\"name\":\"notices\",\"status\":\"up\",\"detail\":\"scale_in (Terminated)\"");
      assertThat(jar.get("/health").statusCode()).isEqualTo(200);

      List<Long> meanwhile = jar.seen();
      await().until(() -> archived().containsAll(meanwhile));
      List<Long> later = jar.seen();
      await().until(() -> archived().containsAll(later));
      assertThat(jar.output()).containsOnlyOnce("host is about to end");
      jar.kill();
      assertThat(archived()).containsAll(later).doesNotHaveDuplicates();
    }
  }

  @Test
  void whenTheMachineShutsDownASlowBucketIsWaitedFor() throws Exception {
    try (RunningJar jar = start()) {
      note("shutdown");
      // Longer than a plain stop would wait, and far less than this one may.
      s3.faults().always(new FaultProxy.Fault.Delay(Duration.ofMillis(1500)));

      assertThat(jar.terminate()).isEqualTo(143);

      assertThat(jar.output())
          .contains("stopping departure=\"shutdown (shutdown)\"")
          .contains("flushed everything=true");
      assertThat(archived()).containsAll(jar.seen()).doesNotHaveDuplicates();
    }
  }

  @Test
  void whenTheMachineRebootsABucketThatComesBackInTimeGetsAll() throws Exception {
    try (RunningJar jar = start()) {
      note("reboot");
      s3.stop();
      CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> terminate(jar));
      await().until(() -> jar.output().contains("failing part=archive"));

      s3.start();

      assertThat(Patience.get(exit)).isEqualTo(143);
      assertThat(archived()).containsAll(jar.seen()).doesNotHaveDuplicates();
    }
  }

  @Test
  void aPlainStopDoesNotWaitForABucketThatHangsAndLeavesTheRowsToTheNextStart() throws Exception {
    try (RunningJar jar = start()) {
      s3.faults().always(new FaultProxy.Fault.Hang());

      assertThat(jar.terminate()).isEqualTo(143);

      assertThat(jar.output())
          .contains("stopping departure=\"stopped (SIGTERM)\"")
          .contains("flushed everything=false");
      try (var spooled = Files.walk(directory.resolve("spool"))) {
        assertThat(spooled).anyMatch(file -> file.toString().endsWith(".gz"));
      }
    }
  }

  private RunningJar start() throws IOException {
    Map<String, String> environment = new HashMap<>(s3.environment("s3://fleet"));
    environment.put("FLEETDASH_FLUSH", FLUSH);
    environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint());
    environment.put("RUNTIME_DIRECTORY", directory.toString());
    RunningJar jar = RunningJar.start(directory, environment).healthy().watched();
    await().until(() -> jar.seen().size() >= 3);
    return jar;
  }

  private void note(String word) throws IOException {
    Files.writeString(directory.resolve("going-away"), word + "\n");
  }

  private static int terminate(RunningJar jar) {
    try {
      return jar.terminate();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<Long> archived() throws IOException {
    s3.faults().heal();
    try (Archive archive = s3.archive("s3://fleet", new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive);
    }
  }
}
