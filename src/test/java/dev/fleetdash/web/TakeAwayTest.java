package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The history as files, and as the query that gives it. */
final class TakeAwayTest {
  private static final String QUESTION =
      "?metrics=cpu_utilization,processes,filesystems.used_bytes&from=-20s&points=2";

  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
    for (int second = 0; second < 20; second++) {
      Row.Builder row =
          Row.at(RunningServer.TS + second, Rows.HOST, 1)
              .set(Metric.CPU_UTILIZATION, second / 100.0);
      if (second == 10) {
        row.set(Metric.PROCESSES, 7)
            .add(
                Family.FILESYSTEMS,
                List.of(
                    filesystem("=HYPERLINK(\"http://x\",1)"),
                    filesystem("/a,b\n\"c\""),
                    filesystem("@sum"),
                    filesystem("-1")));
      }
      node.ring.append(row.build());
    }
    node.clock.advance(Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    node.close();
  }

  private static Item filesystem(String mount) {
    return Item.of(Family.FILESYSTEMS, mount, "ext4")
        .set(Metric.FILESYSTEM_USED_BYTES, 4096)
        .build();
  }

  @Test
  void csvIsATidyTableThatIsNoProgram() throws Exception {
    HttpResponse<String> answer = node.get("/api/history.csv" + QUESTION);

    assertThat(answer.headers().firstValue("content-type")).hasValue("text/csv;charset=utf-8");
    assertThat(answer.headers().firstValue("content-disposition"))
        .hasValue("attachment; filename=\"fleetdash-web-1-20261123T120000Z.csv\"");
    assertThat(answer.headers().firstValue("x-fleetdash-problems")).hasValue("0");
    assertThat(answer.body())
        .isEqualTo(
            """
            host,metric,key,time,min,avg,max
            web-1,cpu_utilization,,2026-11-23T12:00:00Z,0.0,0.045,0.09
            web-1,cpu_utilization,,2026-11-23T12:00:10Z,0.1,0.145,0.19
            web-1,processes,,2026-11-23T12:00:10Z,7,7.0,7
            web-1,filesystems.used_bytes,'-1,2026-11-23T12:00:10Z,4096,4096,4096
            web-1,filesystems.used_bytes,"/a,b
            ""c\""",2026-11-23T12:00:10Z,4096,4096,4096
            web-1,filesystems.used_bytes,"'=HYPERLINK(""http://x"",1)",2026-11-23T12:00:10Z,4096,4096,4096
            web-1,filesystems.used_bytes,'@sum,2026-11-23T12:00:10Z,4096,4096,4096
            """
                .replace("\n", "\r\n")
                .replace("b\r\n", "b\n"));
  }

  @Test
  void ndjsonIsALineABucket() throws Exception {
    HttpResponse<String> answer = node.get("/api/history.ndjson" + QUESTION);

    assertThat(answer.headers().firstValue("content-type"))
        .hasValue("application/x-ndjson;charset=utf-8");
    assertThat(answer.headers().firstValue("content-disposition"))
        .hasValue("attachment; filename=\"fleetdash-web-1-20261123T120000Z.ndjson\"");
    assertThat(answer.body())
        .startsWith(
            """
            {"host":"web-1","metric":"cpu_utilization","key":"","time":"2026-11-23T12:00:00Z","min":0.0,"avg":0.045,"max":0.09}
            {"host":"web-1","metric":"cpu_utilization","key":"","time":"2026-11-23T12:00:10Z","min":0.1,"avg":0.145,"max":0.19}
            {"host":"web-1","metric":"processes","key":"","time":"2026-11-23T12:00:10Z","min":7,"avg":7.0,"max":7}
            """)
        .contains("\"key\":\"/a,b\\n\\\"c\\\"\",")
        .endsWith("}\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "ndjson"})
  void aDownloadSaysNothingRatherThanHalf(String form) throws Exception {
    HttpResponse<String> answer =
        node.get("/api/history." + form + "?metrics=load1&from=-2h&to=-1h");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(answer.headers().firstValue("content-disposition")).isEmpty();
    assertThat(answer.body()).contains("\"code\":\"storage_unreachable\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"csv", "ndjson", "sql"})
  void headersComeWithoutTheBody(String form) throws Exception {
    HttpResponse<String> answer =
        node.send(HttpRequest.newBuilder(node.uri("/api/history." + form + QUESTION)).HEAD());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void athenaIsAskedForTheSame() throws Exception {
    HttpResponse<String> answer =
        node.get(
            "/api/history.sql?metrics=cpu_utilization,filesystems.used_bytes&hosts=web-1,db-1&from=2026-11-23T10:00:05Z&to=2026-11-23T11:30:00Z&points=600&engine=athena");

    assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain;charset=utf-8");
    assertThat(answer.body())
        .isEqualTo(
            """
            -- cpu_utilization, filesystems.used_bytes
            -- of web-1, db-1, from 2026-11-23T10:00:00Z to 2026-11-23T11:30:00Z, by 10 s
            -- Of the archive; rows on their way there, of the last minute or two, are in the chart alone.
            WITH newest AS (
              SELECT * FROM (
                SELECT *, row_number() OVER (PARTITION BY host, ts ORDER BY run DESC, uptime_seconds DESC NULLS LAST) AS place
                FROM (
                  SELECT host, "ts", "run", "cpu_utilization", "uptime_seconds", "filesystems"
                  FROM fleetdash.samples_by_host
                  WHERE host IN ('web-1', 'db-1')
                    AND dt BETWEEN '2026-11-23' AND '2026-11-23'
                    AND hour BETWEEN 10 AND 11
                    AND ts >= 1795428000 AND ts < 1795433400
                )
              )
              WHERE place = 1
            ),
            numbers AS (
              SELECT host, ts, metric, "key", value AS least, value AS most, value AS total, 1 AS number, scale, finer
              FROM (
                SELECT host, ts, 'cpu_utilization' AS metric, '' AS "key", CAST(round("cpu_utilization" * 10000) AS BIGINT) AS value, 10000e0 AS scale, 1 AS finer
                FROM newest
                WHERE "cpu_utilization" IS NOT NULL
              )
              UNION ALL
              SELECT host, ts, metric, "key", value AS least, value AS most, value AS total, 1 AS number, scale, finer
              FROM (
                SELECT host, ts, 'filesystems.used_bytes' AS metric, item."mount" AS "key", item."used_bytes" AS value, 1e0 AS scale, 1 AS finer
                FROM newest CROSS JOIN UNNEST("filesystems") AS item ("mount", "type", "total_bytes", "used_bytes", "available_bytes", "inodes", "inodes_used")
                WHERE item."mount" IS NOT NULL AND item."used_bytes" IS NOT NULL
              )
            )
            SELECT
              from_unixtime(ts - ts % 10) AS "time",
              host,
              metric,
              "key",
              min(least) / scale AS "min",
              CASE WHEN count(total) = count(*) THEN
                (finer * (sum(total) / sum(number)) + floor(finer * CAST(sum(total) % sum(number) AS DOUBLE) / sum(number) + 0.5)) / (finer * scale)
              END AS "avg",
              max(most) / scale AS "max"
            FROM numbers
            GROUP BY host, metric, "key", scale, finer, ts - ts % 10
            ORDER BY host, metric, "key", "time";
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "engine=oracle                | unknown_engine    | engine | 'engine' is duckdb or athena, not 'oracle'",
        "hosts=web-1'%20OR%201=1      | bad_host_name     | hosts  | is not a host name",
        "hosts=web-1%22               | bad_host_name     | hosts  | is not a host name",
        "to=%27;DROP%20TABLE%20x      | bad_time          | to     | is not a time",
        "points=1;--                  | bad_points        | points | a whole number",
      })
  void nothingOfARequestGetsIntoTheQuery(String query, String code, String field, String message)
      throws Exception {
    HttpResponse<String> answer = node.get("/api/history.sql?metrics=load1&" + query);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith("{\"error\":{\"code\":\"" + code + "\",")
        .contains(message)
        .endsWith(",\"field\":\"" + field + "\"}}");
  }

  @Test
  void aMetricsNameIsOneOfTheCatalogue() throws Exception {
    assertThat(node.get("/api/history.sql?metrics=load1'--").body()).contains("unknown_metric");
    assertThat(node.get("/api/history.csv?metrics=load1&engine=duckdb").body())
        .contains("unknown_parameter");
  }
}
