package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.compact.Sweep;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar that is shipped shows an archive of a fleet that is gone, and leaves it as it is. */
class ViewerIT {
  private static final long NOW = Rows.ts("2026-03-05T12:34:59Z");
  private static final HostName UP = new HostName("web-1");
  private static final HostName GONE = new HostName("web-2");

  @TempDir private Path directory;
  @TempDir private Path elsewhere;

  /** Two hosts, of which one has said goodbye an hour before. */
  private static void fill(Archive archive, boolean recorded) throws IOException {
    FakeClock clock = new FakeClock("2026-03-05T12:35:00Z");
    HostRecords records = new HostRecords(archive);
    for (HostName host : List.of(UP, GONE)) {
      long end = host.equals(UP) ? NOW + 1 : NOW + 1 - 3600;
      for (long flush = end - 7200; flush < end; flush += 300) {
        List<Row> rows = new ArrayList<>();
        for (long ts = flush; ts < flush + 300; ts += 10) {
          rows.add(
              Row.at(ts, host, 1_000L * (end - 7200))
                  .set(Metric.CPU_UTILIZATION, (ts % 100) / 100.0)
                  .set(Metric.UPTIME_SECONDS, ts - end + 7200)
                  .build());
        }
        Tiers.flush(archive, rows, flush);
      }
      if (recorded) {
        LocalDate day = HostRecords.day(NOW);
        boolean up = host.equals(UP);
        Run run =
            new Run(
                1_000L * (end - 7200),
                end - 7200,
                end,
                up ? Optional.empty() : Optional.of("scale_in"));
        records.replace(
            day,
            records.find(day, host),
            new HostRecord(
                host,
                new Machine(
                    "m",
                    Optional.of("eu-central-1a"),
                    Optional.of("t4g.micro"),
                    Optional.empty(),
                    Optional.empty(),
                    "1",
                    10),
                end,
                0,
                false,
                up ? State.RUNNING : State.ENDED,
                List.of(run)));
      }
    }
    new Sweep(archive, clock, _ -> {}, new Telemetry(clock)).run(Scope.ALL);
  }

  private RunningJar view(Map<String, String> environment) throws IOException {
    RunningJar jar = RunningJar.start(elsewhere, environment, "--viewer");
    try {
      return jar.healthy();
    } catch (RuntimeException e) {
      jar.close();
      throw new IOException("the viewer is not up; it said: " + jar.output(), e);
    }
  }

  private void assertShown(RunningJar viewer, String gone) throws Exception {
    assertThat(viewer.get("/health").body()).contains("\"status\":\"up\"");
    assertThat(viewer.get("/api/live?host=web-1").body())
        .startsWith("{\"ts\":" + (NOW - 9) + ",\"host\":\"web-1\"");
    assertThat(viewer.get("/api/live?host=web-2").body())
        .startsWith("{\"ts\":" + (NOW - 3609) + ",\"host\":\"web-2\"");
    assertThat(viewer.get("/api/live").statusCode()).isEqualTo(400);
    assertThat(viewer.get("/api/live?host=web-9").statusCode()).isEqualTo(404);
    assertThat(viewer.get("/api/fleet").body())
        .contains("\"ts\":" + (NOW - 9), "\"state\":\"live\"", "\"state\":\"" + gone + "\"");
    String history =
        viewer
            .get("/api/history?hosts=web-1,web-2&metrics=cpu_utilization&from=-2h&to=now&points=24")
            .body();
    assertThat(history).contains("\"web-1\"", "\"web-2\"").contains("0.45");
    for (String page : List.of("/", "/hosts/web-1", "/hosts/web-2")) {
      assertThat(viewer.get(page).body())
          .contains("A view of the past", "2026-03-05T12:34:50Z")
          .doesNotContain("failing");
    }
  }

  @Test
  void whatIsLeftWhenTheSecondsHaveExpiredIsShown() throws Exception {
    Path root = directory.resolve("archive");
    fill(new DirectoryArchive(root), true);
    for (String tier : List.of("raw", "1s")) {
      try (Stream<Path> expired = Files.walk(root.resolve("v1").resolve(tier))) {
        for (Path path : expired.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }

    try (RunningJar viewer = view(Map.of("FLEETDASH_ARCHIVE", "file:" + root))) {
      assertThat(viewer.get("/api/fleet").body())
          .contains("\"web-1\"", "\"web-2\"", "\"state\":\"ended\"");
      assertThat(
              viewer
                  .get(
                      "/api/history?hosts=web-1,web-2&metrics=cpu_utilization&from=-2h&to=now&points=24")
                  .body())
          .contains("0.45");
      for (String page : List.of("/", "/hosts/web-1", "/hosts/web-2")) {
        assertThat(viewer.get(page).body()).contains("A view of the past", "2026-03-05T12:35:00Z");
      }
    }
  }

  @Test
  void directoryIsShownAndLeftAsItIs() throws Exception {
    Path root = directory.resolve("archive");
    fill(new DirectoryArchive(root), true);
    Files.delete(root.resolve(".lock"));
    Map<String, String> before = listing(directory);

    try (RunningJar viewer = view(Map.of("FLEETDASH_ARCHIVE", "file:" + root))) {
      assertShown(viewer, "ended");
      assertThat(viewer.terminate()).isEqualTo(143);
    }

    assertThat(listing(directory)).isEqualTo(before);
    assertThat(elsewhere.resolve("spool")).doesNotExist();
  }

  /** Raw and records are not there: a copy of the compacted tiers alone. */
  @Test
  void copyWithoutRawAndRecordsIsShown() throws Exception {
    Path root = directory.resolve("archive");
    fill(new DirectoryArchive(root), false);
    try (var raw = Files.walk(root.resolve("v1/raw"))) {
      for (Path file : raw.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }

    try (RunningJar viewer = view(Map.of("FLEETDASH_ARCHIVE", "file:" + root))) {
      assertShown(viewer, "stale");
    }
  }

  @Test
  void bucketIsOnlyRead() throws Exception {
    try (S3Server server = new S3Server("bucket");
        Archive archive =
            server.archive(
                "s3://bucket/prod", new Telemetry(new FakeClock("2026-03-05T12:35:00Z")))) {
      fill(archive, true);
      int before = server.faults().requests().size();

      try (RunningJar viewer = view(server.environment("s3://bucket/prod"))) {
        assertShown(viewer, "ended");
      }

      List<String> requests = server.faults().requests();
      assertThat(requests.subList(before, requests.size()))
          .hasSizeGreaterThan(10)
          .allMatch(request -> request.startsWith("GET /bucket"));
    }
  }

  @Test
  void emptyArchiveIsOneSentence() throws Exception {
    try (RunningJar viewer =
        RunningJar.start(
            elsewhere, Map.of("FLEETDASH_ARCHIVE", "file:" + directory.resolve("x")), "--viewer")) {
      assertThat(viewer.exitCode()).isEqualTo(1);
      assertThat(viewer.output()).contains("fleetdash: there are no rows to look at in file:");
    }
    assertThat(directory.resolve("x")).doesNotExist();
  }

  private static Map<String, String> listing(Path root) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (var files = Files.walk(root)) {
      for (Path file : files.toList()) {
        all.put(
            root.relativize(file).toString(),
            Files.getLastModifiedTime(file) + " " + Files.isDirectory(file));
      }
    }
    return all;
  }
}
