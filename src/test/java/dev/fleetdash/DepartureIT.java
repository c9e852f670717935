package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.MetadataServer;
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
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** So long that no cut comes by itself while a test runs, save once an hour. */
  private static final String FLUSH = "60m";

  /**
   * An interval between looks, one between puts in a hurry, and some for a machine that is busy.
   */
  private static final Duration SECONDS = Duration.ofSeconds(20);

  @TempDir private Path directory;
  private S3Server s3;
  private MetadataServer metadata;

  @BeforeEach
  void startServers() throws IOException {
    s3 = new S3Server("fleet");
    metadata = new MetadataServer();
  }

  @AfterEach
  void stopServers() {
    metadata.close();
    s3.close();
  }

  @Test
  void onceItsEndIsAnnouncedItsRowsAreInTheBucketWithinSecondsAlsoWithoutASignal()
      throws Exception {

    try (RunningJar jar = start()) {
      assertThat(jar.get("/health/details").body()).contains("\"departure\":null");
      metadata.set(MetadataServer.LIFECYCLE, "Terminated");
      List<Long> before = jar.seen();

      await().atMost(SECONDS).until(() -> archived().containsAll(before));
      assertThat(jar.get("/health/details").body())
          .contains("\"departure\":{\"reason\":\"scale_in\",\"notice\":\"Terminated\",\"at\":null}")
          .contains("\"name\":\"notices\",\"status\":\"up\",\"detail\":\"scale_in (Terminated)\"");
      assertThat(jar.get("/health").statusCode()).isEqualTo(200);

      List<Long> meanwhile = jar.seen();
      await().atMost(SECONDS).until(() -> archived().containsAll(meanwhile));
      assertThat(jar.output()).containsOnlyOnce("host is about to end");
      jar.kill();
      long killed = InstantSource.system().instant().getEpochSecond();
      assertThat(archived())
          .containsAll(jar.seen().stream().filter(ts -> ts < killed - 8).toList())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void whenTheMachineShutsDownASlowBucketIsWaitedFor() throws Exception {
    try (RunningJar jar = start()) {
      note("shutdown");
      s3.faults().always(new FaultProxy.Fault.Delay(Duration.ofSeconds(3)));

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
      await().atMost(PATIENCE).until(() -> jar.output().contains("failing part=archive"));

      s3.start();

      assertThat(exit.join()).isEqualTo(143);
      assertThat(archived()).containsAll(jar.seen()).doesNotHaveDuplicates();
    }
  }

  @Test
  void aPlainStopDoesNotWaitForASlowBucketAndLeavesTheRowsToTheNextStart() throws Exception {
    Duration delay = Duration.ofSeconds(10);
    try (RunningJar jar = start()) {
      s3.faults().always(new FaultProxy.Fault.Delay(delay));
      long before = System.nanoTime();

      assertThat(jar.terminate()).isEqualTo(143);

      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(delay.dividedBy(2));
      assertThat(jar.output()).contains("stopping departure=\"stopped (SIGTERM)\"");
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
    await().atMost(PATIENCE).until(() -> jar.seen().size() >= 3);
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
