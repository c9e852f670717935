package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.FleetArchive;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The jar with the flags that it is shipped with answers large questions, many at once. */
class HeapIT {
  private static final String END = "2026-03-01T00:00:00Z";
  private static final int HOSTS = 20;
  private static final int HOURLY = 8;
  private static final int METRICS = 6;
  private static final int EASIER = 7;

  @TempDir private Path directory;

  @Test
  void aYearOfTwentyHostsFitsIntoTheDefaultHeap() throws Exception {
    try (S3Server server = new S3Server("bucket");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      fill(server);
      // As far away as a bucket is, so that there is time to ask for everything at once.
      server.faults().always(new FaultProxy.Fault.Delay(Duration.ofMillis(30)));
      // A bucket of twelve hours is made of hours, and there are more of them than the heap could
      // hold; one of a day is made of days.
      List<Question> questions =
          new ArrayList<>(Collections.nCopies(EASIER, new Question(HOSTS, 365)));
      questions.addFirst(new Question(HOURLY, 730));

      try (RunningJar viewer =
          RunningJar.start(directory, server.environment("s3://bucket"), "--viewer")) {
        viewer.healthy();
        List<Future<HttpResponse<String>>> answers = new ArrayList<>();
        for (Question question : questions) {
          answers.add(threads.submit(() -> viewer.get(question.path())));
        }
        for (int i = 0; i < questions.size(); i++) {
          questions.get(i).assertComplete(answers.get(i).get());
        }
        assertThat(viewer.get("/health").statusCode()).isEqualTo(200);
        assertThat(viewer.output()).doesNotContain("OutOfMemoryError");
      }
    }
  }

  private static void fill(S3Server server) throws IOException {
    try (Archive archive = server.archive("s3://bucket", new Telemetry(new FakeClock(END)))) {
      FleetArchive fleet = new FleetArchive(archive, Rows.ts(END));
      fleet.coarse(FleetArchive.hosts(HOSTS), FleetArchive.hosts(HOURLY), 365);
      fleet.records(FleetArchive.hosts(HOSTS), 3);
    }
  }

  /** A year of so many hosts, in so many buckets. */
  private record Question(int hosts, int points) {
    String path() {
      return "/api/history?hosts=%s&metrics=%s&from=2025-03-01T00:00:00Z&to=%s&points=%d"
          .formatted(
              FleetArchive.hosts(hosts).stream()
                  .map(HostName::value)
                  .collect(Collectors.joining(",")),
              Metric.scalars().stream()
                  .limit(METRICS)
                  .map(Metric::field)
                  .collect(Collectors.joining(",")),
              END,
              points);
    }

    void assertComplete(HttpResponse<String> answer) {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonNode range = new ObjectMapper().readTree(answer.body());
      assertThat(range.get("problems")).isEmpty();
      assertThat(range.get("series")).hasSize(hosts * METRICS);
      for (JsonNode series : range.get("series")) {
        assertThat(series.get("avg")).hasSize(points).noneMatch(JsonNode::isNull);
      }
    }
  }
}
