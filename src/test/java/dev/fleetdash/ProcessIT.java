package dev.fleetdash;

import static dev.fleetdash.testing.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.spool.OwnerOnly;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped jar with its shipped flags: starting, stopping, and going on with what is broken. */
class ProcessIT {
  @TempDir private Path directory;

  @Test
  void whatWasSampledBeforeARestartIsThereAfterIt() throws Exception {
    List<Long> before;
    try (RunningJar jar = RunningJar.start(directory, Map.of()).healthy().watched()) {
      await().until(() -> jar.seen().size() >= 4);
      assertThat(jar.terminate()).isEqualTo(143);
      before = jar.seen();
    }

    try (RunningJar jar = RunningJar.start(directory, Map.of()).healthy().watched()) {
      await().until(() -> !jar.seen().isEmpty());
      String history = jar.get("/api/history?metrics=uptime_seconds&from=-10m&points=600").body();

      long start = number(history, "start");
      List<String> values =
          List.of(history.replaceAll("(?s).*\"avg\":\\[([^]]*)].*", "$1").split(","));
      assertThat(before)
          .allSatisfy(
              ts -> assertThat(values.get(Math.toIntExact(ts - start))).isNotEqualTo("null"));
    }
    assertThat(archivedSeconds("file:" + directory.resolve("archive")))
        .containsAll(before)
        .doesNotHaveDuplicates();
  }

  @Test
  void nothingInTheSpoolIsForOtherUsersAndNobodyIsToldThatItWas() throws Exception {
    Path spool = directory.resolve("spool");
    for (int start = 0; start < 2; start++) {
      try (RunningJar jar = RunningJar.start(directory, Map.of()).sampling()) {
        await().until(() -> Files.exists(spool.resolve("due")));
        jar.kill();
        assertThat(jar.output()).doesNotContain("open to every user");
      }
      try (Stream<Path> files = Files.walk(spool)) {
        for (Path file : files.toList()) {
          assertThat(OwnerOnly.isOpenToAll(file)).as(file.toString()).isFalse();
        }
      }
    }
  }

  @Test
  void keepsEverySecondInS3UnderTheSameKeys() throws Exception {
    try (S3Server s3 = new S3Server("fleet");
        RunningJar jar =
            RunningJar.start(directory, s3(s3, "s3://fleet/prod", S3Server.SECRET_KEY))
                .healthy()
                .watched()) {
      await().until(() -> jar.seen().size() >= 13);
      assertThat(jar.terminate()).isEqualTo(143);
      assertThat(jar.output()).doesNotContain("WARN").doesNotContain("ERROR");

      Archive archive = s3.archive("s3://fleet/prod", new Telemetry(InstantSource.system()));
      List<Archive.Listed> objects = archive.list("v1/", 100);
      assertThat(archive.list("", 1))
          .extracting(Archive.Listed::key)
          .containsExactly("fleet/key.json");
      assertThat(objects.getFirst().key())
          .matches("v1/hosts/dt=\\d{4}-\\d\\d-\\d\\d/" + RunningJar.HOST + "\\.json");
      assertThat(
              new String(
                  archive.get(objects.getFirst().key(), 10_000).orElseThrow().bytes(), UTF_8))
          .contains("\"state\":\"ended\"", "\"how\":\"stopped\"");
      assertThat(objects.subList(1, objects.size()))
          .isNotEmpty()
          .extracting(Archive.Listed::key)
          .allMatch(key ->
              key.matches(
                  "v1/raw/dt=\\d{4}-\\d\\d-\\d\\d/hour=\\d\\d/host="
                      + RunningJar.HOST
                      + "/\\d{6}-\\d+-\\d+\\.ndjson\\.gz"));
      assertThat(ArchivedRows.seconds(archive)).containsAll(jar.seen()).doesNotHaveDuplicates();
    }
  }

  @Test
  void withWrongCredentialsItRunsSaysSoAndSpools() throws Exception {
    try (S3Server s3 = new S3Server("fleet");
        RunningJar jar = RunningJar.start(directory, s3(s3, "s3://fleet", "wrong")).healthy()) {
      String detail = failing(jar);

      assertThat(detail).contains("AWS_SECRET_ACCESS_KEY");
      assertThat(jar.output()).contains("failing part=archive").doesNotContain("wrong\"");
      assertThat(number(jar.get("/health/details").body(), "segments")).isPositive();
    }
  }

  @Test
  void withoutItsBucketItRunsSaysSoAndSpoolsAndGoesOnWhenTheBucketIsThere() throws Exception {
    try (S3Server s3 = new S3Server("other");
        RunningJar jar =
            RunningJar.start(directory, s3(s3, "s3://missing-bucket", S3Server.SECRET_KEY))
                .healthy()) {
      String detail = failing(jar);
      assertThat(detail).contains("missing-bucket").contains("FLEETDASH_ARCHIVE");

      s3.client().createBucket(request -> request.bucket("missing-bucket"));

      await().until(() -> !jar.get("/health/details").body().contains("\"status\":\"failing\""));
      assertThat(s3.client().listObjectsV2(request -> request.bucket("missing-bucket")).contents())
          .isNotEmpty();
    }
  }

  @Test
  void withAnArchiveDirectoryThatCannotBeWrittenItRunsSaysSoAndSpools() throws Exception {
    Files.writeString(directory.resolve("archive"), "a file where the directory should be");
    try (RunningJar jar = RunningJar.start(directory, Map.of()).healthy()) {
      assertThat(failing(jar))
          .contains("FLEETDASH_ARCHIVE", "is not a directory")
          .doesNotContain(directory.toString());
      assertThat(jar.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aSecondProcessOnTheSameSpoolIsRefused() throws Exception {
    try (RunningJar first = RunningJar.start(directory, Map.of()).healthy();
        RunningJar second = RunningJar.start(directory, Map.of())) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output()).contains("FLEETDASH_SPOOL").doesNotContain("\tat ");
      assertThat(first.running()).isTrue();
    }
  }

  @Test
  void aPortInUseIsSaidInOneSentence() throws Exception {
    try (RunningJar first = RunningJar.start(directory, Map.of()).healthy();
        RunningJar second =
            RunningJar.start(
                directory,
                Map.of(
                    "FLEETDASH_PORT",
                    Integer.toString(first.port()),
                    "FLEETDASH_SPOOL",
                    directory.resolve("spool2").toString()))) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.output())
          .contains("port " + first.port() + " on 127.0.0.1 is in use")
          .contains("FLEETDASH_PORT")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void everyMistakeInTheConfigurationIsListedAtOnce() throws Exception {
    try (RunningJar jar =
        RunningJar.start(
            directory,
            Map.of(
                "FLEETDASH_FLUSHH", "60s", "FLEETDASH_SAMPLE", "7s", "FLEETDASH_RING", "much"))) {
      assertThat(jar.exitCode()).isEqualTo(2);
      assertThat(jar.output())
          .contains("FLEETDASH_FLUSHH")
          .contains("FLEETDASH_FLUSH")
          .contains("FLEETDASH_SAMPLE")
          .contains("FLEETDASH_RING");
    }
  }

  @Test
  void saysDrainingAndServesMeanwhile() throws Exception {
    try (RunningJar jar =
        RunningJar.start(directory, Map.of("FLEETDASH_DRAIN", "10m")).sampling()) {
      jar.beginToTerminate();

      await().until(() -> jar.get("/health").statusCode() == 503);
      assertThat(jar.get("/health").body()).contains("draining");
      assertThat(jar.get("/api/live").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void endsWhenItHasDrained() throws Exception {
    try (RunningJar jar = RunningJar.start(directory, Map.of("FLEETDASH_DRAIN", "2s")).sampling()) {
      assertThat(jar.terminate()).isEqualTo(143);
    }
  }

  private static Map<String, String> s3(S3Server s3, String archive, String secret) {
    Map<String, String> environment = new HashMap<>(s3.environment(archive));
    environment.put("FLEETDASH_FLUSH", "5s");
    environment.put("AWS_SECRET_ACCESS_KEY", secret);
    return environment;
  }

  /** What the archive part says once it fails. */
  private static String failing(RunningJar jar) {
    return await()
        .until(
            () ->
                jar.get("/health/details")
                    .body()
                    .replaceAll(
                        "(?s).*\\{\"name\":\"archive\",(\"status\":\"[a-z]+\",\"detail\":\"[^\"]*\").*",
                        "$1"),
            state -> state.startsWith("\"status\":\"failing\""));
  }

  private static long number(String json, String field) {
    return Long.parseLong(json.replaceAll("(?s).*?\"" + field + "\":(\\d+).*", "$1"));
  }

  private static List<Long> archivedSeconds(String location) throws Exception {
    try (Archive archive =
        ArchiveLocation.parse(location).open(new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive);
    }
  }
}
