package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The jar with the flags that it is shipped with, whose archive tells of more than it can keep. */
class ManyHostsIT {
  private static final int DAYS = 8;
  private static final int EACH = 8;
  private static final List<String> ALL_AT_ONCE =
      List.of("/api/fleet", "/api/events?from=-6d", "/api/events?from=-6d&to=-3d", "/");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({
    // Others each day, as where instances live for hours.
    "3000, 1, there are more than",
    // Each of them starts and dies all day long.
    "400, 250, only the newest",
  })
  void whoAsksWhatHappenedIsToldAsMuchAsThereIsMemoryFor(int hosts, int starts, String missing)
      throws Exception {
    fill(hosts, starts);
    try (RunningJar node = RunningJar.start(directory, Map.of()).healthy();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Patience.await()
          .until(() -> json(node.get("/api/fleet")).get("hosts").size() > Math.min(hosts, 900));

      List<Future<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < EACH; i++) {
        ALL_AT_ONCE.forEach(path -> answers.add(threads.submit(() -> node.get(path))));
      }

      for (Future<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode())
            .as(answer.get().uri() + " " + node.output())
            .isIn(200, 503);
      }
      assertThat(json(node.get("/api/events?from=-6d")).get("trouble").asString())
          .contains(missing);
      assertThat(node.running()).isTrue();
    }
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return new ObjectMapper().readTree(answer.body());
  }

  private void fill(int hosts, int starts) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("archive/v1/hosts"));
    LocalDate today = HostRecords.day(Instant.now().getEpochSecond());
    for (int back = 0; back < DAYS; back++) {
      MemoryArchive archive = new MemoryArchive();
      HostRecords records = new HostRecords(archive);
      LocalDate day = today.minusDays(back);
      for (int i = 0; i < hosts; i++) {
        HostName host = new HostName("i-%d%05d".formatted(back, i));
        records.replace(day, records.find(day, host), ended(host, day, starts));
      }
      Files.createDirectories(folder.resolve("dt=" + day));
      for (Archive.Listed object : archive.list("v1/hosts/", hosts)) {
        // Without the care for each object that an archive takes.
        Files.write(
            directory.resolve("archive").resolve(object.key()),
            archive.get(object.key(), object.size()).orElseThrow().bytes());
      }
    }
  }

  private static HostRecord ended(HostName host, LocalDate day, int starts) {
    long midnight = day.toEpochDay() * 86_400;
    List<Run> runs =
        LongStream.range(0, starts)
            .map(start -> midnight + start * 300)
            .mapToObj(ts -> new Run(ts * 1000, ts, ts + 200, Optional.of("out of memory")))
            .toList();
    Machine machine =
        new Machine(
            "0123456789abcdef0123456789abcdef",
            Optional.of("eu-west-1a"),
            Optional.of("t4g.micro"),
            Optional.of(host.value()),
            Optional.of("10.0.0.1:8080"),
            "1.0.0",
            1);
    return new HostRecord(
        host, machine, midnight + 86_000, midnight, true, HostRecord.State.ENDED, runs);
  }
}
