package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExpositionTest {
  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void theTextIsWhatPrometheusReads() throws Exception {
    node.tick(row());
    node.telemetry
        .counter("s3_requests", "Requests sent to the archive", Map.of("operation", "put"))
        .add(3);
    node.telemetry.part("archive").failing("no answer");

    String body = node.get("/metrics").body();

    assertThat(withoutProcess(body))
        .isEqualTo(
            """
            # HELP fleetdash_archive_received_bytes_total Bytes received from S3, without headers.
            # TYPE fleetdash_archive_received_bytes_total counter
            fleetdash_archive_received_bytes_total 0.0
            # HELP fleetdash_archive_requests_total Requests sent to S3, retries included.
            # TYPE fleetdash_archive_requests_total counter
            fleetdash_archive_requests_total{operation="get"} 0.0
            fleetdash_archive_requests_total{operation="list"} 0.0
            fleetdash_archive_requests_total{operation="put"} 0.0
            # HELP fleetdash_archive_sent_bytes_total Bytes sent to S3, without headers.
            # TYPE fleetdash_archive_sent_bytes_total counter
            fleetdash_archive_sent_bytes_total 0.0
            # HELP fleetdash_build_info What this process is.
            # TYPE fleetdash_build_info gauge
            fleetdash_build_info{commit="0123456789ab",host="web-1",version="1.2.3"} 1
            # HELP fleetdash_cpu_utilization Share of CPU time not idle and not waiting for I/O.
            # TYPE fleetdash_cpu_utilization gauge
            fleetdash_cpu_utilization 0.25
            # HELP fleetdash_disk_device_busy_ratio Share of time with requests under way.
            # TYPE fleetdash_disk_device_busy_ratio gauge
            fleetdash_disk_device_busy_ratio{disk="sda"} 0.5
            # HELP fleetdash_filesystem_used_bytes Space in use, as df counts it.
            # TYPE fleetdash_filesystem_used_bytes gauge
            fleetdash_filesystem_used_bytes{mount="/",type="ext4"} 4096.0
            fleetdash_filesystem_used_bytes{mount="/a \\"b\\"\\\\c\\nd",type="tmpfs"} 0.0
            # HELP fleetdash_part_up Whether the last attempt of a part of the process succeeded.
            # TYPE fleetdash_part_up gauge
            fleetdash_part_up{part="archive"} 0.0
            fleetdash_part_up{part="connections"} 1.0
            fleetdash_part_up{part="peers"} 1.0
            fleetdash_part_up{part="spool"} 1.0
            # HELP fleetdash_rows_dropped_total Rows that the spool could not take.
            # TYPE fleetdash_rows_dropped_total counter
            fleetdash_rows_dropped_total 0.0
            # HELP fleetdash_s3_requests_total Requests sent to the archive.
            # TYPE fleetdash_s3_requests_total counter
            fleetdash_s3_requests_total{operation="put"} 3.0
            """);
  }

  private static Row row() {
    return Row.at(RunningServer.TS, Rows.HOST, 1)
        .set(Metric.CPU_UTILIZATION, 0.25)
        .add(
            Family.DISKS,
            List.of(Item.of(Family.DISKS, "sda").set(Metric.DISK_DEVICE_BUSY_RATIO, 0.5).build()))
        .add(
            Family.FILESYSTEMS,
            List.of(
                Item.of(Family.FILESYSTEMS, "/", "ext4")
                    .set(Metric.FILESYSTEM_USED_BYTES, 1)
                    .build(),
                Item.of(Family.FILESYSTEMS, "/a \"b\"\\c\nd", "tmpfs")
                    .set(Metric.FILESYSTEM_USED_BYTES, 0)
                    .build(),
                Item.of(Family.FILESYSTEMS, "/", "ext4")
                    .set(Metric.FILESYSTEM_USED_BYTES, 4096)
                    .build()))
        .add(
            Family.TOP_PROCESSES,
            List.of(
                Item.of(Family.TOP_PROCESSES, "java", "1", "root")
                    .set(Metric.PROCESS_MEMORY_BYTES, 1)
                    .build()))
        .build();
  }

  /** The lines of this process vary; those of other counters are each part's own business. */
  private static String withoutProcess(String body) {
    return body.lines()
        .filter(line ->
            !line.contains("process_")
                && !line.matches(
                    ".*fleetdash_(connections_|rows_torn|segments_|stream|s3_(?!requests)).*"))
        .reduce("", (all, line) -> all + line + "\n");
  }

  @Test
  void theProcessItselfIsMeasured() throws Exception {
    String body = node.get("/metrics").body();

    assertThat(body)
        .contains("# TYPE process_cpu_seconds_total counter")
        .containsPattern("\nprocess_cpu_seconds_total [0-9.]+\n");
    assertThat(body)
        .contains("# TYPE process_resident_memory_bytes gauge")
        .containsPattern("\nprocess_resident_memory_bytes [0-9.E]+\n");
    assertThat(body).contains("\nprocess_start_time_seconds 1.7954352E9\n");
  }

  @Test
  void whatIsUnknownIsNotThere() throws Exception {
    node.tick(
        Row.at(RunningServer.TS, Rows.HOST, 1)
            .set(Metric.LOAD1, Double.NaN)
            .set(Metric.LOAD5, 0)
            .build());

    assertThat(node.get("/metrics").body())
        .contains("\nfleetdash_load5 0.0\n")
        .doesNotContain("fleetdash_load1 ")
        .doesNotContain("NaN");
  }

  @Test
  void aNewTickIsANewText() throws Exception {
    node.tick(1);
    String before = node.get("/metrics").body();
    node.tick(Rows.at(RunningServer.TS + 2, 1, 0.75));

    assertThat(before).contains("fleetdash_cpu_utilization 0.25\n");
    assertThat(node.get("/metrics").body()).contains("fleetdash_cpu_utilization 0.75\n");
  }

  @Test
  void namesAreUniqueAndThoseOfTheRow() {
    List<String> names = Arrays.stream(Metric.values()).map(Exposition::name).toList();

    assertThat(names)
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("fleetdash_[a-z0-9_]+"));
    assertThat(Metric.scalars())
        .allSatisfy(
            metric -> assertThat(Exposition.name(metric)).isEqualTo("fleetdash_" + metric.field()));
    assertThat(Metric.values())
        .filteredOn(metric -> !metric.scalar())
        .allSatisfy(metric ->
            assertThat(metric.name().toLowerCase(Locale.ROOT)).endsWith("_" + metric.field()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        " | text/plain; version=0.0.4; charset=utf-8",
        "*/* | text/plain; version=0.0.4; charset=utf-8",
        "text/plain | text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text | application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
            + " | application/openmetrics-text; version=1.0.0; charset=utf-8",
        "application/openmetrics-text;q=0.1, text/plain | text/plain; version=0.0.4; charset=utf-8",
      })
  void theFormatIsTheOneThatIsAccepted(String accept, String type) throws Exception {
    HttpResponse<String> answer =
        accept == null ? node.get("/metrics") : node.get("/metrics", "Accept", accept);

    assertThat(
            answer
                .headers()
                .firstValue("content-type")
                .orElse("")
                .replace("; ", ";")
                .replace(" ", ""))
        .isEqualToIgnoringCase(type.replace("; ", ";"));
    assertThat(answer.body().endsWith("# EOF\n")).isEqualTo(type.startsWith("application"));
  }
}
