package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.DirectoryArchive;
import dev.fleetdash.archive.Flusher;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.compact.Compacting;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.sample.Unit;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Asks the chart and, by its own SQL, DuckDB for the same range of an archive that the production
 * writers wrote. Half an hour to each side of midnight, two hosts, a run that ran over another
 * one's seconds, and one hour that is there twice: raw and compacted; and another host with days
 * that are read from rollups.
 */
final class SqlEqualsChartTest {
  private static final long MIDNIGHT = Rows.ts("2026-11-23T00:00:00Z");
  private static final long DAY = 86_400;
  private static final HostName OLD = new HostName("old-1");
  private static final HostName OTHER = new HostName("007");
  private static final String HOSTILE = "'); DROP TABLE x; -- \"`${tier}\\";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A directory whose name is a trap of its own. */
  @TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.ALWAYS)
  private static Path folder;

  private static DirectoryArchive archive;
  private static RunningServer node;
  private static Connection duckdb;

  @BeforeAll
  static void write() throws Exception {
    FakeClock clock = new FakeClock("2026-11-23T00:30:00Z");
    Path root = folder.resolve("it's [a] *?{1,2}");
    archive = new DirectoryArchive(root);
    SplittableRandom random = new SplittableRandom(20_261_123);
    for (HostName host : List.of(Rows.HOST, OTHER)) {
      Path spools = folder.resolve("spool-" + host);
      write(spools, clock, host, MIDNIGHT - 1800, MIDNIGHT + 1800, random);
      write(spools, clock, host, MIDNIGHT - 90, MIDNIGHT + 45, random);
    }
    compact(Rows.HOST, MIDNIGHT - 3600);
    writeOld(clock, random);
    node = RunningServer.over(archive, folder.resolve("node"), root.toString());
    duckdb = DriverManager.getConnection("jdbc:duckdb:");
  }

  @AfterAll
  static void close() throws SQLException {
    duckdb.close();
    node.close();
    archive.close();
  }

  /** As a process does from its start to its end. */
  private static void write(
      Path directory, FakeClock clock, HostName host, long from, long to, SplittableRandom random)
      throws IOException {
    Telemetry telemetry = new Telemetry(clock);
    try (Spool spool = Spool.open(directory, new Spool.Settings(60, 64 << 20), clock, telemetry);
        Flusher flusher =
            new Flusher(
                spool,
                archive,
                Duration.ofMinutes(1),
                Duration.ZERO,
                clock,
                new SplittableRandom(1),
                telemetry)) {
      for (long ts = from; ts < to; ts++) {
        spool.append(row(host, ts, spool.run(), random));
      }
      spool.seal();
      assertThat(flusher.drain(Patience.LIMIT)).isTrue();
    }
  }

  /** Two days that are long closed, around the turn of a month, and one that is not. */
  private static void writeOld(FakeClock clock, SplittableRandom random) throws IOException {
    Compacting compacting = new Compacting(archive, clock);
    for (long day : List.of(MIDNIGHT - 23 * DAY, MIDNIGHT - 22 * DAY, MIDNIGHT - DAY)) {
      List<Long> hours = new ArrayList<>();
      for (long hour = day; hour < day + DAY; hour += 3 * 3600) {
        List<Row> rows = new ArrayList<>();
        for (long ts = hour; ts < hour + 3600; ts += 300) {
          rows.add(row(OLD, ts, 1000, random));
        }
        Tiers.flush(archive, rows, hour);
        hours.add(hour);
      }
      if (day < MIDNIGHT - DAY) {
        compacting.hours(OLD, hours);
        compacting.day(OLD, day);
      }
    }
  }

  /** Numbers of all sizes; now and then one is absent. */
  private static Row row(HostName host, long ts, long run, SplittableRandom random) {
    Row.Builder row = Row.at(ts, host, run);
    for (Metric metric : Metric.scalars()) {
      if (ts % metric.cadenceSeconds() == 0 && random.nextInt(20) > 0) {
        row.set(metric, number(metric, random));
      }
    }
    row.set(Metric.UPTIME_SECONDS, ts % 1_000_000);
    for (Family family : Family.values()) {
      if (ts % family.cadenceSeconds() == 0 && random.nextInt(20) > 0) {
        // The first one twice: one file system mounted over another.
        row.add(
            family,
            Stream.of("/", HOSTILE, "/", "\u20ac\n=1+1")
                .map(key -> item(family, key, random))
                .toList());
      }
    }
    return row.build();
  }

  private static Item item(Family family, String key, SplittableRandom random) {
    String[] labels = family.labels().toArray(String[]::new);
    labels[0] = key;
    Item.Builder item = Item.of(family, labels);
    for (Metric metric : family.metrics()) {
      item.set(metric, random.nextInt(5) == 0 ? Double.NaN : number(metric, random));
    }
    return item.build();
  }

  private static double number(Metric metric, SplittableRandom random) {
    return switch (metric.unit()) {
      case RATIO -> random.nextInt(3) == 0 ? random.nextInt(2) / 1e4 : random.nextDouble();
      case CELSIUS -> random.nextDouble(-40, 90);
      case BYTES -> random.nextDouble(1e15);
      case COUNT -> random.nextInt(3);
      default -> random.nextDouble(1e5);
    };
  }

  /** All rows of a host's hour in one object, as they are when an hour is compacted. */
  private static void compact(HostName host, long hour) throws IOException {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (var object : archive.list(RawKey.folder(host, hour), 1000)) {
      byte[] bytes = archive.get(object.key(), 1 << 24).orElseThrow().bytes();
      new GZIPInputStream(new ByteArrayInputStream(bytes)).transferTo(rows);
    }
    String key = RawKey.folder(host, hour).replace("/raw/", "/1s/") + "data.ndjson.gz";
    assertThat(archive.putIfAbsent(key, Gzip.compress(rows.toByteArray()))).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "web-1     | cpu_utilization,load1                        | -60   | 0     | 60",
        "web-1     | cpu_utilization,memory_used_bytes            | -1800 | 0     | 100",
        "web-1,007 | cpu_utilization,network_drops_per_second     | -1800 | 1800  | 500",
        "007       | cpu_utilization,uptime_seconds,processes     | -100  | 60    | 7",
        "web-1     | tcp_established,open_files,threads           | -1800 | 1800  | 60",
        "web-1     | memory_total_bytes,swap_used_bytes           | -1800 | 1800  | 1",
        "web-1     | filesystems.used_bytes,filesystems.inodes    | -1800 | 1800  | 360",
        "web-1,007 | cores.utilization,disks.busy_ratio,load5     | -120  | 120   | 24",
        "007       | temperatures.celsius,interfaces.errors_per_second | -1700 | 1000 | 50",
        "web-1     | cpu_steal                                    | -1799 | -1001 | 400",
        "old-1     | cpu_utilization,memory_used_bytes,processes  | -2000000 | 0  | 2000",
        "old-1     | cpu_utilization,filesystems.used_bytes       | -2000000 | 0  | 600",
        "old-1     | disks.busy_ratio,load5,network_drops_per_second | -2000000 | 0 | 30",
        "old-1,web-1 | cpu_utilization,uptime_seconds             | -2000000 | 1800 | 1",
        "old-1     | cores.utilization,threads                    | -2000000 | -1800000 | 10",
      })
  void theCopiedQueryGivesTheChartsNumbers(
      String hosts, String metrics, long from, long to, int points) throws Exception {
    String question =
        "?hosts=%s&metrics=%s&from=%d&to=%d&points=%d"
            .formatted(hosts, metrics, MIDNIGHT + from, MIDNIGHT + to, points);

    List<String> chart = chart(question);
    List<String> sql = sql(node.get("/api/history.sql" + question + "&engine=duckdb").body());

    assertThat(chart).hasSizeGreaterThan(metrics.split(",").length);
    assertThat(sql).containsExactlyInAnyOrderElementsOf(chart);
  }

  /** One line a bucket with a value. */
  private static List<String> chart(String question) throws Exception {
    JsonNode answer = JSON.readTree(node.get("/api/history" + question).body());
    assertThat(answer.path("problems")).isEmpty();
    List<String> lines = new ArrayList<>();
    for (JsonNode series : answer.path("series")) {
      Metric metric = Metric.named(series.path("metric").asString()).orElseThrow();
      JsonNode avg = series.path("avg");
      for (int i = 0; i < avg.size(); i++) {
        if (!avg.path(i).isNull()) {
          lines.add(
              line(
                  answer.path("time").path(i).asLong(),
                  series.path("host").asString(),
                  metric,
                  series.path("key").asString(),
                  extreme(series, "min", i),
                  avg.path(i).asDouble(),
                  extreme(series, "max", i)));
        }
      }
    }
    return lines;
  }

  /** The extremes are left out where they are the average everywhere. */
  private static double extreme(JsonNode series, String which, int i) {
    return series.path(series.has(which) ? which : "avg").path(i).asDouble();
  }

  private static List<String> sql(String query) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement statement = duckdb.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        lines.add(
            line(
                rows.getObject("time", OffsetDateTime.class).toEpochSecond(),
                rows.getString("host"),
                Metric.named(rows.getString("metric")).orElseThrow(),
                rows.getString("key"),
                rows.getDouble("min"),
                rows.getDouble("avg"),
                rows.getDouble("max")));
      }
    }
    return lines;
  }

  /** Numbers to the last digit that is kept, and not one more. */
  private static String line(
      long time, String host, Metric metric, String key, double min, double avg, double max) {
    Unit unit = metric.unit();
    assertThat(avg * unit.averageScale())
        .isCloseTo(Math.rint(avg * unit.averageScale()), org.assertj.core.data.Offset.offset(0.01));
    return String.format(
        Locale.ROOT,
        "%d %s %s %s %d %d %d",
        time,
        host,
        metric.fullName(),
        key,
        Math.round(min * unit.scale()),
        Math.round(avg * unit.averageScale()),
        Math.round(max * unit.scale()));
  }

  @Test
  void everyMetricThatHasAChartHasItsQuery() throws Exception {
    for (Metric metric : Metric.values()) {
      if (metric.family().map(Family::charted).orElse(true)) {
        String question =
            "?metrics=%s&from=%d&to=%d&points=1"
                .formatted(metric.fullName(), MIDNIGHT - 600, MIDNIGHT);

        assertThat(sql(node.get("/api/history.sql" + question).body()))
            .as(metric.fullName())
            .containsExactlyInAnyOrderElementsOf(chart(question))
            .isNotEmpty();
      }
    }
  }
}
