package dev.fleetdash.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class DescriptionTest {
  private static final long TS = Rows.ts("2026-11-23T10:00:00Z");

  /** Of all texts for {@code s3://bucket/prefix}, as of {@link Description#REVISION}. */
  private static final String DIGEST =
      "811daefb91cc19e180682afb345ea20fcd1c5a629e1724a70f5f2a23a228184c";

  @TempDir private Path root;

  @Test
  void aChangedTextIsANewRevision() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    Description.of("s3://bucket/prefix").values().forEach(digest::update);

    assertThat(HexFormat.of().formatHex(digest.digest()))
        .as(
            "the texts changed: raise Description.REVISION above %d, else archives keep the old"
                + " ones, and put the new digest here",
            Description.REVISION)
        .isEqualTo(DIGEST);
  }

  @Test
  void theSchemaGoesLastAndHasTheWholeCatalogue() {
    Map<String, byte[]> files = Description.of("s3://bucket/prefix");

    assertThat(files.keySet())
        .containsExactly(
            "v1/README.md",
            "v1/athena.sql",
            "v1/trino.sql",
            "v1/duckdb.sql",
            "v1/spark.sql",
            "v1/schema.json");
    JsonNode schema =
        new ObjectMapper().readTree(Objects.requireNonNull(files.get("v1/schema.json")));
    assertThat(schema.path("revision").asInt()).isEqualTo(Description.REVISION);
    assertThat(schema.path("metrics").values())
        .extracting(metric ->
            (metric.has("family") ? metric.path("family").asString() + "." : "")
                + metric.path("field").asString())
        .containsExactlyElementsOf(Arrays.stream(Metric.values()).map(Metric::fullName).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1/athena.sql", "v1/trino.sql", "v1/duckdb.sql", "v1/spark.sql"})
  void everyTableHasEveryFieldAndItsPlace(String script) {
    String text = text("s3://bucket/prefix", script);
    String scheme = script.contains("spark") ? "s3a" : "s3";

    for (Metric metric : Metric.values()) {
      assertThat(text).containsPattern("[`\"]" + metric.field() + "[`\"]");
    }
    assertThat(text).contains(scheme + "://bucket/prefix/v1/").contains("uptime_seconds DESC");
    for (String tier : List.of("1m", "1h", "1d")) {
      assertThat(text).contains("/" + tier);
    }
    assertThat(text.chars().filter(c -> c == '(').count())
        .isEqualTo(text.chars().filter(c -> c == ')').count());
  }

  @Test
  void trinoIsAskedForNoPartitionsThatItDoesNotProject() {
    assertThat(text("s3://bucket/prefix", "v1/trino.sql"))
        .contains("/1h/month=${year}-${month}/'")
        .doesNotContain("yyyy-MM'", "MONTHS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1/athena.sql", "v1/trino.sql"})
  void aDirectorysTablesNameABucketToBeFilledIn(String script) {
    assertThat(text("/data/archive", script))
        .startsWith("-- This archive is a directory")
        .contains("s3://YOUR-BUCKET/v1/")
        .doesNotContain("/data/archive");
  }

  @Test
  void aPathWithQuotesStaysAText() {
    String path = "/it's \\ \"here\"";

    assertThat(text(path, "v1/duckdb.sql")).contains("'/it''s \\ \"here\"/v1/*/dt=");
    assertThat(text(path, "v1/spark.sql")).contains("'/it\\'s \\\\ \"here\"/v1/raw'");
  }

  @Test
  void duckDbCountsASecondOnceThatIsThereTwice() throws Exception {
    write(
        RawKey.folder(Rows.HOST, TS) + "100000-1-0.ndjson.gz",
        row(TS, 1, 0.1),
        row(TS + 1, 1, 0.2));
    write(RawKey.folder(Rows.HOST, TS) + "100001-2-0.ndjson.gz", row(TS + 1, 2, 0.4));
    write(
        "v1/1s/dt=2026-11-23/hour=10/host=web-1/data.ndjson.gz",
        row(TS, 1, 0.1),
        row(TS + 1, 2, 0.4));
    rollups();

    try (Connection duckdb = duckdb()) {
      assertThat(ask(duckdb, "SELECT count(*) FROM samples")).containsExactly("5");
      assertThat(
              ask(
                  duckdb,
                  "SELECT ts - %d, host, run, cpu_utilization FROM seconds WHERE dt = '2026-11-23' AND hour = 10 ORDER BY ts"
                      .formatted(TS)))
          .containsExactly("0 web-1 1 0.1", "1 web-1 2 0.4");
      assertThat(
              ask(
                  duckdb,
                  "SELECT fs.mount, fs.used_bytes FROM (SELECT unnest(filesystems) AS fs FROM seconds WHERE ts = %d)"
                      .formatted(TS)))
          .containsExactly("/ 'x' 4096");
    }
  }

  @Test
  void duckDbReadsRollups() throws Exception {
    write(RawKey.folder(Rows.HOST, TS) + "100000-1-0.ndjson.gz", row(TS, 1, 0.1));
    rollups();

    try (Connection duckdb = duckdb()) {
      for (String tier : List.of("minutes", "hours", "days")) {
        assertThat(
                ask(
                    duckdb,
                    "SELECT host, \"count\", cpu_utilization.max, cpu_utilization.sum / coalesce(cpu_utilization.count, \"count\"), processes.sum / coalesce(processes.count, \"count\"), filesystems[1].used_bytes.sum FROM "
                        + tier))
            .as(tier)
            .containsExactly("007 60 0.5 0.25 102.0 24");
      }
    }
  }

  private static Row row(long ts, long run, double cpu) {
    return Row.at(ts, Rows.HOST, run)
        .set(Metric.CPU_UTILIZATION, cpu)
        .set(Metric.UPTIME_SECONDS, ts % 1000)
        .add(
            Family.FILESYSTEMS,
            List.of(
                Item.of(Family.FILESYSTEMS, "/ 'x'", "ext4")
                    .set(Metric.FILESYSTEM_USED_BYTES, 4096)
                    .build()))
        .build();
  }

  private void rollups() throws IOException {
    HostName host = new HostName("007");
    byte[] row =
        """
        {"ts":%d,"host":"007","run":1,"count":60,"cpu_utilization":{"min":0.0,"max":0.5,"sum":15.0},\
        "processes":{"min":101,"max":103,"sum":612,"count":6},\
        "filesystems":[{"mount":"/","type":"ext4","count":6,"used_bytes":{"min":3,"max":5,"sum":24}}]}
        """
            .formatted(TS)
            .getBytes(UTF_8);
    for (String folder : List.of("1m/dt=2026-11-23", "1h/month=2026-11", "1d/year=2026")) {
      put("v1/" + folder + "/host=" + host + "/data.ndjson.gz", row);
    }
  }

  private void write(String key, Row... rows) throws IOException {
    put(
        key,
        Stream.of(rows)
            .map(row -> new String(row.json(), UTF_8) + "\n")
            .reduce("", String::concat)
            .getBytes(UTF_8));
  }

  private void put(String key, byte[] lines) throws IOException {
    Path file = root.resolve(key);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, Gzip.compress(lines));
  }

  /** With the archive's own script. */
  private Connection duckdb() throws SQLException {
    Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = duckdb.createStatement()) {
      statement.execute(text(root.toString(), "v1/duckdb.sql"));
    }
    return duckdb;
  }

  private static List<String> ask(Connection duckdb, String query) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement statement = duckdb.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          cells.add(String.valueOf(rows.getObject(i)));
        }
        lines.add(String.join(" ", cells));
      }
    }
    return lines;
  }

  private static String text(String url, String key) {
    return new String(Objects.requireNonNull(Description.of(url).get(key)), UTF_8);
  }
}
