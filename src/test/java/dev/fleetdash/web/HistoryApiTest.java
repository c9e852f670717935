package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HistoryApiTest {
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
  void theAnswerIsColumnsOverOneAxis() throws Exception {
    for (int second = 0; second < 20; second++) {
      node.ring.append(row(second));
    }
    node.clock.advance(Duration.ofSeconds(20));

    HttpResponse<String> answer =
        node.get(
            "/api/history?metrics=cpu_utilization,processes,memory_total_bytes,filesystems.used_bytes&from=-20s&points=2");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
    assertThat(answer.body())
        .isEqualTo(
            """
            {"start":%1$d,"step":10,"buckets":2,"from":%1$d,"to":%2$d,"tier":"1s","time":[%1$d,%3$d],"series":[\
            {"host":"web-1","metric":"cpu_utilization","key":"","unit":"ratio","min":[0.0,0.1],"avg":[0.045,0.145],"max":[0.09,0.19]},\
            {"host":"web-1","metric":"processes","key":"","unit":"count","avg":[100.0,null]},\
            {"host":"web-1","metric":"memory_total_bytes","key":"","unit":"bytes","avg":[8589934592,8589934592]},\
            {"host":"web-1","metric":"filesystems.used_bytes","key":"/","unit":"bytes","avg":[4096,4096]},\
            {"host":"web-1","metric":"filesystems.used_bytes","key":"/a \\"b\\"","unit":"bytes","avg":[null,7]}\
            ],"completeness":{"web-1":1.0},"problems":[]}\
            """
                .formatted(RunningServer.TS, RunningServer.TS + 20, RunningServer.TS + 10));
  }

  private static Row row(int second) {
    Row.Builder row =
        Row.at(RunningServer.TS + second, Rows.HOST, 1)
            .set(Metric.CPU_UTILIZATION, second / 100.0)
            .set(Metric.MEMORY_TOTAL_BYTES, 8L << 30);
    if (second == 0) {
      row.set(Metric.PROCESSES, 100).add(Family.FILESYSTEMS, List.of(filesystem("/", 4096)));
    }
    if (second == 10) {
      row.add(Family.FILESYSTEMS, List.of(filesystem("/", 4096), filesystem("/a \"b\"", 7)));
    }
    return row.build();
  }

  private static Item filesystem(String mount, double used) {
    return Item.of(Family.FILESYSTEMS, mount, "ext4")
        .set(Metric.FILESYSTEM_USED_BYTES, used)
        .build();
  }

  @Test
  void anAnswerIsCompressedForWhoeverTakesThat() throws Exception {
    node.tick(0);
    node.clock.advance(Duration.ofSeconds(1));
    String path = "/api/history?metrics=cpu_utilization&from=-1s";
    String plain = node.get(path).body();

    HttpResponse<byte[]> answer =
        node.client()
            .send(
                HttpRequest.newBuilder(node.uri(path))
                    .header("Accept-Encoding", "br, gzip")
                    .build(),
                BodyHandlers.ofByteArray());

    assertThat(answer.headers().firstValue("content-encoding")).hasValue("gzip");
    assertThat(answer.headers().firstValue("vary")).hasValue("Accept-Encoding");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body()))).hasContent(plain);
    assertThat(node.get(path, "Accept-Encoding", "gzip;q=0").body()).isEqualTo(plain);
  }

  @Test
  void anUnreachableArchiveIsNotAnEmptyAnswer() throws Exception {
    HttpResponse<String> answer = node.get("/api/history?metrics=load1&from=-2h&to=-1h");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"storage_unreachable\"").contains("s3://metrics");
    assertThat(answer.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void aHostWithoutARowIsUnknown() throws Exception {
    node.close();
    node = RunningServer.over(new DirectoryArchive(folder.resolve("archive")), folder);

    HttpResponse<String> answer = node.get("/api/history?metrics=load1&hosts=db-1&from=-2h&to=-1h");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains("\"code\":\"unknown_host\"")
        .contains("db-1")
        .contains("this node is web-1")
        .endsWith("\"field\":\"hosts\"}}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"2026-11-23T11:59:50Z", "2026-11-23T12:59:50+01:00", "1795435190", "-10s"})
  void aTimeCanBeWrittenInSeveralWays(String from) throws Exception {
    node.tick(-5);

    String body = node.get("/api/history?metrics=cpu_utilization&from=" + from).body();

    assertThat(body)
        .contains("\"from\":" + (RunningServer.TS - 10) + ",\"to\":" + RunningServer.TS + ",");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "from=-1h | missing_parameter | metrics | 'metrics' is needed",
        "metrics= | missing_parameter | metrics | 'metrics' is needed",
        "metrics=cpu_utilisation | unknown_metric | metrics | did you mean 'cpu_utilization'?",
        "metrics=load1,filesystem.used_bytes | unknown_metric | metrics | did you mean 'filesystems.used_bytes'?",
        "metrics=top_processes.memory_bytes | unknown_metric | metrics | has no history",
        "metrics=load1&from=-1h&to=-2h | bad_range | from | is not before 'to'",
        "metrics=load1&from=now | bad_range | from | is not before 'to'",
        "metrics=load1&from=yesterday | bad_time | from | write RFC 3339",
        "metrics=load1&to=2026-13-01T00:00:00Z | bad_time | to | write RFC 3339",
        "metrics=load1&from=-9999999999d | bad_time | from | write RFC 3339",
        "metrics=load1&from=-999999999d | bad_range | from | before the year 2000",
        "metrics=load1&from=0 | bad_range | from | before the year 2000",
        "metrics=load1&from=2040-01-01T00:00:00Z&to=2041-01-01T00:00:00Z | bad_range | from | in the future",
        "metrics=load1&from=-1h&to=99999999999 | bad_range | from | longer than",
        "metrics=load1&from=-9000d | bad_range | from | longer than",
        "metrics=load1&points=1000000 | bad_points | points | from 1 to 5000",
        "metrics=load1&points=0 | bad_points | points | from 1 to 5000",
        "metrics=load1&points=many | bad_points | points | from 1 to 5000",
        "metrics=load1,load5,load15&hosts=a,b,c,d,e,f,g,h,i,j&points=5000 | too_much | points | at most points=3333",
        "metrics=load1&hosts=a/b | bad_host_name | hosts | letters, digits",
        "metrics=load1&hosts=, | bad_host_name | hosts | leave it out",
        "metrics=load1&step=10 | unknown_parameter | step | this path takes hosts, metrics, from, to, points",
        "metrics=load1&metrics=load5 | duplicate_parameter | metrics | separate several values by commas",
      })
  void aBadQuestionIsToldWhatIsWrongAndWhatMendsIt(
      String query, String code, String field, String message) throws Exception {
    HttpResponse<String> answer = node.get("/api/history?" + query);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith("{\"error\":{\"code\":\"" + code + "\",")
        .contains(message)
        .endsWith(",\"field\":\"" + field + "\"}}");
  }

  @Test
  void tooManyHostsOrMetricsAreCounted() throws Exception {
    assertThat(node.get("/api/history?metrics=" + "load1,".repeat(33)).body())
        .contains("too_much")
        .contains("'metrics' names 33, at most 32");
    assertThat(node.get("/api/history?metrics=load1&hosts=" + "a,".repeat(51)).body())
        .contains("too_much")
        .contains("'hosts' names 51, at most 50");
  }

  @Test
  void hostileTextIsQuotedBriefly() throws Exception {
    String body =
        node.get(
                "/api/history?metrics="
                    + URLEncoder.encode("<script>\"\n" + "x".repeat(3000), StandardCharsets.UTF_8))
            .body();

    assertThat(body).contains("<script>\\\"\\nxxx").contains("…").hasSizeLessThan(400);
  }
}
