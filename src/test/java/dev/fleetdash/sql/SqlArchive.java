package dev.fleetdash.sql;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.compact.Compacting;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.Asked;
import dev.fleetdash.history.Axis;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An archive in an S3 server, for the SQL engines of {@code src/test/sql/run}. Leaves the scripts
 * that the archive has of itself in a directory, questions to ask after them, and the answers as
 * the rows have them, once the chart has been seen to have the same. Then prints where the server
 * is and its keys, and serves until its input ends.
 */
public final class SqlArchive {
  private static final String BUCKET = "metrics";
  private static final String LOCATION = "s3://" + BUCKET + "/fleet";
  private static final int MINUTE = 60;
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  /** One that looks like a number, and one that is the start of another. */
  private static final List<HostName> HOSTS =
      List.of(new HostName("007"), new HostName("web-1"), new HostName("web-10"));

  private static final List<Metric> CHARTED =
      Arrays.stream(Metric.values())
          .filter(metric -> metric.family().map(Family::charted).orElse(true))
          .toList();

  /** Copied queries read their rows once for each metric, so that it is a few of each kind. */
  private static final List<Metric> COPIED =
      List.of(
          Metric.CPU_UTILIZATION,
          Metric.MEMORY_USED_BYTES,
          Metric.PROCESSES,
          Metric.CORE_UTILIZATION,
          Metric.FILESYSTEM_USED_BYTES);

  private final long today;
  private final long yesterday;
  private final long longAgo;
  private final long now;
  private final InstantSource clock;
  private final SplittableRandom random = new SplittableRandom(20_261_126);
  private final Archive archive;
  private final S3Client client;
  private final Path directory;
  private final Map<HostName, List<Row>> rows = new HashMap<>();

  /**
   * @param today first second of the day in which the rows end
   */
  private SqlArchive(Archive archive, S3Client client, Path directory, long today) {
    this.archive = archive;
    this.client = client;
    this.directory = directory;
    this.today = today;
    this.yesterday = today - DAY;
    this.longAgo = today - 40 * DAY;
    this.now = today + 2 * HOUR + 10 * MINUTE;
    this.clock = InstantSource.fixed(Instant.ofEpochSecond(now));
  }

  /** Takes the directory. */
  public static void main(String[] args) throws Exception {
    InstantSource clock = InstantSource.system();
    // The engines' partitions end with the day that is; so the archive ends the day before.
    long today = clock.instant().getEpochSecond() / DAY * DAY - DAY;
    try (S3Server server = S3Server.forOthers(BUCKET);
        S3Client client = server.client();
        Archive archive = server.archive(LOCATION, new Telemetry(clock))) {
      SqlArchive of = new SqlArchive(archive, client, Path.of(args[0]), today);
      of.fill();
      of.describe();
      of.questions();
      System.out.println(
          String.join(
              " ",
              server.endpoint().toString(),
              S3Server.REGION.id(),
              S3Server.ACCESS_KEY,
              S3Server.SECRET_KEY));
      while (System.in.read() >= 0) {
        // Until nobody is there any more.
      }
    }
  }

  /**
   * Two closed days, of which the older has no raw objects any more, nor has an hour of the other;
   * and one that is open: its first hour is raw and compacted, of one host the second is too, and
   * the third is raw. A later run ran over another one's seconds.
   */
  private void fill() throws IOException {
    Compacting compacting = new Compacting(archive, clock);
    for (HostName host : HOSTS) {
      up(host, longAgo, longAgo + 3 * HOUR, 300, longAgo);
      up(host, yesterday + 20 * HOUR, today, 10, yesterday);
      up(host, today, now, 1, yesterday);
      up(host, today + HOUR - 90, today + HOUR + 45, 1, today);
      flush(of(host));
      compacting.hours(host, hours(longAgo, 3));
      compacting.day(host, longAgo);
      compacting.hours(host, hours(yesterday + 20 * HOUR, 4));
      compacting.day(host, yesterday);
      compacting.hours(host, hours(today, host.equals(HOSTS.getFirst()) ? 2 : 1));
      for (long hour : hours(longAgo, 3)) {
        expireRaw(host, hour);
      }
      expireRaw(host, yesterday + 20 * HOUR);
    }
  }

  private List<Row> of(HostName host) {
    return rows.computeIfAbsent(host, _ -> new ArrayList<>());
  }

  private void up(HostName host, long from, long to, int interval, long start) {
    for (long ts = from; ts < to; ts += interval) {
      of(host).add(Rows.random(host, ts, start * 1000, random));
    }
  }

  private void flush(List<Row> of) throws IOException {
    Map<List<Long>, List<Row>> segments = new HashMap<>();
    for (Row row : of) {
      segments
          .computeIfAbsent(List.of(row.run(), row.ts() / (5 * MINUTE)), _ -> new ArrayList<>())
          .add(row);
    }
    long seq = 0;
    for (List<Row> segment : segments.values()) {
      Tiers.flush(archive, segment, seq++);
    }
  }

  private static List<Long> hours(long from, int number) {
    return LongStream.range(0, number).mapToObj(hour -> from + hour * HOUR).toList();
  }

  private void expireRaw(HostName host, long hour) throws IOException {
    for (Archive.Listed object : archive.list(RawKey.folder(host, hour), 1_000)) {
      client.deleteObject(request ->
          request
              .bucket(BUCKET)
              .key(LOCATION.replace("s3://" + BUCKET + "/", "") + "/" + object.key()));
    }
  }

  /** The scripts as an analyst finds them. */
  private void describe() throws IOException {
    try (Describer describer = new Describer(archive, LOCATION, Duration.ZERO)) {
      describer.describe();
    }
    for (String script : List.of("trino.sql", "spark.sql")) {
      Files.write(
          directory.resolve(script), archive.get("v1/" + script, 1 << 20).orElseThrow().bytes());
    }
  }

  private void questions() throws Exception {
    List<SqlQuestion> questions =
        List.of(
            new SqlQuestion("seconds", HOUR, List.of(longAgo, yesterday, today), now),
            new SqlQuestion("minutes", HOUR, List.of(longAgo, yesterday, today), today + HOUR),
            new SqlQuestion("hours", HOUR, List.of(longAgo, yesterday), today),
            new SqlQuestion("days", DAY, List.of(longAgo, yesterday), today));
    StringBuilder trino = new StringBuilder(examples("trino.sql"));
    StringBuilder spark = new StringBuilder(examples("spark.sql"));
    List<String> answers = new ArrayList<>();
    try (Spool spool =
            Spool.open(
                Files.createTempDirectory(directory, "spool"),
                new Spool.Settings(60, 1 << 20),
                clock,
                new Telemetry(clock));
        ArchiveReader reader = new ArchiveReader(archive, spool, clock, System::nanoTime)) {
      History history =
          new History(
              new Live(new HostName("elsewhere"), 1, new Ring(1 << 20), spool),
              Recent.Lookup.NOBODY,
              reader);
      for (SqlQuestion question : questions) {
        trino.append(question.in(Dialect.TRINO));
        spark.append(question.in(Dialect.HIVE));
        answers.addAll(answers(question, history));
      }
      Files.write(directory.resolve("spark-answers.tsv"), answers);
      for (HostName host : HOSTS) {
        // Of days, of minutes and of seconds; Trino's months are not Athena's.
        for (RangeQuery query :
            List.of(
                new RangeQuery(List.of(host), COPIED, longAgo, longAgo + DAY, 1),
                new RangeQuery(List.of(host), COPIED, longAgo, longAgo + 3 * HOUR, 36),
                new RangeQuery(List.of(host), COPIED, today, today + 3 * HOUR, 36))) {
          trino.append(copied(query, history));
          answers.addAll(chart(Asked.of(history, query)));
        }
      }
    }
    Files.write(directory.resolve("trino-answers.tsv"), answers);
    Files.writeString(directory.resolve("trino-questions.sql"), trino);
    Files.writeString(directory.resolve("spark-questions.sql"), spark);
  }

  /** The queries in a script's comments, of a day that has no rows. */
  private String examples(String script) throws IOException {
    return Files.readString(directory.resolve(script))
        .lines()
        .filter(line -> line.startsWith("-- SELECT "))
        .map(
            line -> line.substring(3).replaceAll("'20\\d\\d-\\d\\d-\\d\\d'", "'2026-01-01'") + "\n")
        .collect(Collectors.joining());
  }

  /** What the rows say. Fails where the chart says something else. */
  private List<String> answers(SqlQuestion question, History history) throws Exception {
    Map<String, List<Long>> values = new TreeMap<>();
    Map<String, String> charted = new TreeMap<>();
    Map<String, Metric> metrics = new HashMap<>();
    for (HostName host : HOSTS) {
      for (Row row : Tiers.counting(of(host))) {
        if (row.ts() < question.end()) {
          String bucket = host + "\t" + (row.ts() - row.ts() % question.step());
          values.computeIfAbsent(bucket + "\trows\t", _ -> new ArrayList<>()).add(1L);
          each(
              row,
              question.metrics(),
              (metric, keyed) -> {
                String name = bucket + "\t" + metric.fullName() + "\t" + keyed.key();
                metrics.put(name, metric);
                values.computeIfAbsent(name, _ -> new ArrayList<>()).add(keyed.value());
              });
        }
      }
    }
    chart(question, history, charted);
    List<String> lines = new ArrayList<>();
    values.forEach((name, of) -> {
      Metric metric = metrics.get(name);
      long sum = of.stream().mapToLong(Long::longValue).sum();
      long avg =
          metric == null
              ? 1
              : Math.round(metric.unit().average(sum, of.size()) * metric.unit().averageScale());
      String numbers = Collections.min(of) + "\t" + avg + "\t" + Collections.max(of);
      if (metric != null && CHARTED.contains(metric) && !numbers.equals(charted.remove(name))) {
        throw new IllegalStateException("the chart has another number of " + name);
      }
      lines.add(question.view() + "\t" + name + "\t" + of.size() + "\t" + numbers);
    });
    if (!charted.isEmpty()) {
      throw new IllegalStateException("the chart alone has " + charted.keySet());
    }
    return lines;
  }

  private void chart(SqlQuestion question, History history, Map<String, String> into)
      throws Exception {
    int points = Math.toIntExact(-Math.floorDiv(longAgo - question.end(), (long) question.step()));
    Range range =
        Asked.of(history, new RangeQuery(HOSTS, CHARTED, longAgo, question.end(), points));
    if (range.step() != question.step() || !range.problems().isEmpty()) {
      throw new IllegalStateException("steps of " + range.step() + ", " + range.problems());
    }
    for (Range.Series series : range.series()) {
      for (int i = 0; i < range.buckets(); i++) {
        if (series.min()[i] != Row.ABSENT) {
          into.put(
              series.host()
                  + "\t"
                  + (range.start() + (long) i * range.step())
                  + "\t"
                  + series.metric().fullName()
                  + "\t"
                  + series.key(),
              series.min()[i]
                  + "\t"
                  + Math.round(series.avg()[i] * series.metric().unit().averageScale())
                  + "\t"
                  + series.max()[i]);
        }
      }
    }
  }

  private record Keyed(String key, long value) {}

  private static void each(Row row, List<Metric> metrics, BiConsumer<Metric, Keyed> to) {
    for (Metric metric : metrics) {
      if (metric.scalar()) {
        value(metric, "", row.scaled(metric), to);
      } else {
        for (Item item : row.items(metric.family().orElseThrow())) {
          value(metric, item.key(), item.scaled(metric), to);
        }
      }
    }
  }

  private static void value(Metric metric, String key, long scaled, BiConsumer<Metric, Keyed> to) {
    if (scaled != Row.ABSENT) {
      to.accept(metric, new Keyed(key, scaled));
    }
  }

  /** The query below a chart, whose dialect the engines share. */
  private static String copied(RangeQuery query, History history) {
    Axis axis = history.axis(query);
    String copied =
        new ChartQuery(LOCATION)
            .of(query, axis, history.finished(axis), ChartQuery.Engine.ATHENA)
            .stripTrailing();
    return """
    SELECT 'chart', host, CAST(to_unixtime("time") AS bigint), metric, "key",
      format('%%.4f', "min"), format('%%.4f', "avg"), format('%%.4f', "max")
    FROM (
    %s
    );
    """
        .formatted(copied.substring(0, copied.length() - 1));
  }

  private static List<String> chart(Range range) {
    List<String> lines = new ArrayList<>();
    for (Range.Series series : range.series()) {
      double scale = series.metric().unit().scale();
      for (int i = 0; i < range.buckets(); i++) {
        if (series.min()[i] != Row.ABSENT) {
          lines.add(
              String.format(
                  Locale.ROOT,
                  "chart\t%s\t%d\t%s\t%s\t%.4f\t%.4f\t%.4f",
                  series.host(),
                  range.start() + (long) i * range.step(),
                  series.metric().fullName(),
                  series.key(),
                  series.min()[i] / scale,
                  series.avg()[i],
                  series.max()[i] / scale));
        }
      }
    }
    return lines;
  }
}
