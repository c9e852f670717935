package dev.fleetdash.sql;

import dev.fleetdash.history.Axis;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Unit;
import dev.fleetdash.sql.Type.Column;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the query that gives the numbers of a chart: the same buckets, and in each the same
 * average, smallest and largest. It sums and divides whole numbers as the chart does, so that even
 * the last digit is the same. Immutable.
 *
 * <p>Nothing of a request gets into the text but what was parsed to a host's name, which has no
 * quotes, a number, or an entry of the catalogue.
 */
public final class ChartQuery {
  /** Who is to run the query. */
  public enum Engine {
    DUCKDB,
    ATHENA;

    /** As in the API. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The engine of that name, or empty. */
    public static Optional<Engine> of(String text) {
      return Arrays.stream(values()).filter(engine -> engine.text().equals(text)).findFirst();
    }

    /** Those there are, for people. */
    public static String all() {
      return Arrays.stream(values()).map(Engine::text).collect(Collectors.joining(" or "));
    }
  }

  private final String root;

  /**
   * @param root of the archive, as SQL engines take it
   */
  public ChartQuery(String root) {
    this.root = root;
  }

  /**
   * The query behind the chart, as one statement. Up to a second it goes by the rollups of the
   * coarsest tier that fits the buckets, and from there on by the rows themselves.
   *
   * @param rolledUpTo at a bucket's edge, or where no bucket is finished, not after the first one's
   */
  public String of(RangeQuery query, Axis axis, long rolledUpTo, Engine engine) {
    long split = Math.clamp(rolledUpTo, axis.start(), axis.end());
    List<String> tables = new ArrayList<>();
    List<String> numbers = new ArrayList<>();
    if (split > axis.start()) {
      RollupNumbers rollups = new RollupNumbers(axis.tier(), axis.start(), split, engine);
      tables.add("rolled_up AS (\n" + indented(rollups.rows(root, query, hosts(query))) + "\n)");
      query.metrics().forEach(metric -> numbers.add(indented(rollups.numbers(metric))));
    }
    if (split < axis.end()) {
      tables.add("newest AS (\n" + indented(newest(query, split, axis.end(), engine)) + "\n)");
      query.metrics().forEach(metric -> numbers.add(indented(numbers(metric, engine))));
    }
    return """
    -- %s
    -- of %s, from %s to %s, by %d s
    -- Of the archive; rows on their way there, of the last minute or two, are in the chart alone.
    WITH %s,
    numbers AS (
    %s
    )
    SELECT
      %s(ts - ts %% %d) AS "time",
      host,
      metric,
      "key",
      min(least) / scale AS "min",
      CASE WHEN count(total) = count(*) THEN
        (finer * (sum(total) %s sum(number)) + floor(finer * CAST(sum(total) %% sum(number) AS DOUBLE) / sum(number) + 0.5)) / (finer * scale)
      END AS "avg",
      max(most) / scale AS "max"
    FROM numbers
    GROUP BY host, metric, "key", scale, finer, ts - ts %% %d
    ORDER BY host, metric, "key", "time";
    """
        .formatted(
            query.metrics().stream().map(Metric::fullName).collect(Collectors.joining(", ")),
            query.hosts().stream().map(HostName::value).collect(Collectors.joining(", ")),
            Instant.ofEpochSecond(axis.start()),
            Instant.ofEpochSecond(axis.end()),
            axis.step(),
            String.join(",\n", tables),
            String.join("\n  UNION ALL\n", numbers),
            engine == Engine.DUCKDB ? "to_timestamp" : "from_unixtime",
            axis.step(),
            engine == Engine.DUCKDB ? "//" : "/",
            axis.step());
  }

  private static String hosts(RangeQuery query) {
    return "host IN (%s)"
        .formatted(
            query.hosts().stream()
                .map(host -> Dialect.TRINO.literal(host.value()))
                .collect(Collectors.joining(", ")));
  }

  private String newest(RangeQuery query, long from, long to, Engine engine) {
    String where = where(query, from, to, engine);
    List<Column> columns = columns(query.metrics());
    if (engine == Engine.DUCKDB) {
      String host = query.hosts().size() == 1 ? query.hosts().getFirst().value() : "*";
      return "SELECT *\nFROM %s\nWHERE %s\n%s"
          .formatted(new DuckDb(root).samples(days(from, to), host, columns), where, DuckDb.NEWEST);
    }
    return """
    SELECT * FROM (
      SELECT *, row_number() OVER (PARTITION BY host, ts ORDER BY run DESC, uptime_seconds DESC NULLS LAST) AS place
      FROM (
        SELECT host, %s
        FROM fleetdash.samples_by_host
        WHERE %s
      )
    )
    WHERE place = 1\
    """
        .formatted(Scripts.names(Dialect.TRINO, columns), where.replace("\n", "\n    "));
  }

  /** What tells which row counts, and what is asked. */
  private static List<Column> columns(List<Metric> metrics) {
    Set<String> fields = new LinkedHashSet<>(List.of("ts", "run", Metric.UPTIME_SECONDS.field()));
    metrics.forEach(
        metric -> fields.add(metric.family().map(Family::field).orElse(metric.field())));
    return Tables.samples().stream().filter(column -> fields.contains(column.name())).toList();
  }

  private static String where(RangeQuery query, long from, long to, Engine engine) {
    LocalDateTime first = utc(from);
    LocalDateTime last = utc(to - 1);
    String date = engine == Engine.DUCKDB ? "DATE " : "";
    List<String> conditions = new ArrayList<>();
    conditions.add(hosts(query));
    conditions.add(
        "dt BETWEEN %s'%s' AND %s'%s'"
            .formatted(date, first.toLocalDate(), date, last.toLocalDate()));
    if (first.toLocalDate().equals(last.toLocalDate())) {
      conditions.add("hour BETWEEN %d AND %d".formatted(first.getHour(), last.getHour()));
    }
    conditions.add("ts >= %d AND ts < %d".formatted(from, to));
    return String.join("\n  AND ", conditions);
  }

  /** A pattern that leaves out most days, of which there would have to be a list otherwise. */
  private static String days(long from, long to) {
    String first = utc(from).toLocalDate().toString();
    String last = utc(to - 1).toLocalDate().toString();
    if (first.equals(last)) {
      return first;
    }
    int same = 0;
    while (first.charAt(same) == last.charAt(same)) {
      same++;
    }
    return first.substring(0, same) + "*";
  }

  private static LocalDateTime utc(long ts) {
    return LocalDateTime.ofEpochSecond(ts, 0, ZoneOffset.UTC);
  }

  private static String numbers(Metric metric, Engine engine) {
    return """
    SELECT host, ts, metric, "key", value AS least, value AS most, value AS total, 1 AS number, scale, finer
    FROM (
    %s
    )\
    """
        .formatted(indented(values(metric, engine)));
  }

  private static String values(Metric metric, Engine engine) {
    Optional<Family> family = metric.family();
    if (family.isEmpty()) {
      String column = Dialect.TRINO.name(metric.field());
      return values(metric, "''", column, "newest") + "WHERE " + column + " IS NOT NULL";
    }
    String key = Dialect.TRINO.name(family.get().keyLabel());
    String field = Dialect.TRINO.name(metric.field());
    return values(metric, "item." + key, "item." + field, items(family.get(), engine))
        + "WHERE item.%s IS NOT NULL AND item.%s IS NOT NULL".formatted(key, field);
  }

  private static String values(Metric metric, String key, String value, String from) {
    Unit unit = metric.unit();
    return """
    SELECT host, ts, %s AS metric, %s AS "key", %s AS value, %s AS scale, %d AS finer
    FROM %s
    """
        .formatted(
            Dialect.TRINO.literal(metric.fullName()),
            key,
            RollupNumbers.scaled(unit, value),
            unit.scale() + "e0",
            unit.averageScale() / unit.scale(),
            from);
  }

  private static String items(Family family, Engine engine) {
    String field = Dialect.TRINO.name(family.field());
    if (engine == Engine.DUCKDB) {
      return "(SELECT host, ts, unnest(%s) AS item FROM newest)".formatted(field);
    }
    return "newest CROSS JOIN UNNEST(%s) AS item (%s)"
        .formatted(field, Scripts.names(Dialect.TRINO, Tables.item(family).fields()));
  }

  private static String indented(String lines) {
    return lines.indent(2).stripTrailing();
  }
}
