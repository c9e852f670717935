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

  /** The query behind the chart, as one statement. */
  public String of(RangeQuery query, Axis axis, Engine engine) {
    return """
    -- %s
    -- of %s, from %s to %s, by %d s
    -- Of the archive; rows on their way there, of the last minute or two, are in the chart alone.
    WITH newest AS (
    %s
    ),
    numbers AS (
    %s
    )
    SELECT
      %s(ts - ts %% %d) AS "time",
      host,
      metric,
      "key",
      min(number) / scale AS "min",
      (finer * (sum(number) %s count(*)) + floor(finer * CAST(sum(number) %% count(*) AS DOUBLE) / count(*) + 0.5)) / (finer * scale) AS "avg",
      max(number) / scale AS "max"
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
            indented(newest(query, axis, engine)),
            query.metrics().stream()
                .map(metric -> indented(numbers(metric, engine)))
                .collect(Collectors.joining("\n  UNION ALL\n")),
            engine == Engine.DUCKDB ? "to_timestamp" : "from_unixtime",
            axis.step(),
            engine == Engine.DUCKDB ? "//" : "/",
            axis.step());
  }

  private String newest(RangeQuery query, Axis axis, Engine engine) {
    String where = where(query, axis, engine);
    List<Column> columns = columns(query.metrics());
    if (engine == Engine.DUCKDB) {
      String host = query.hosts().size() == 1 ? query.hosts().getFirst().value() : "*";
      return "SELECT *\nFROM %s\nWHERE %s\n%s"
          .formatted(new DuckDb(root).samples(days(axis), host, columns), where, DuckDb.NEWEST);
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

  private static String where(RangeQuery query, Axis axis, Engine engine) {
    LocalDateTime first = utc(axis.start());
    LocalDateTime last = utc(axis.end() - 1);
    String date = engine == Engine.DUCKDB ? "DATE " : "";
    List<String> conditions = new ArrayList<>();
    conditions.add(
        "host IN (%s)"
            .formatted(
                query.hosts().stream()
                    .map(host -> Dialect.TRINO.literal(host.value()))
                    .collect(Collectors.joining(", "))));
    conditions.add(
        "dt BETWEEN %s'%s' AND %s'%s'"
            .formatted(date, first.toLocalDate(), date, last.toLocalDate()));
    if (first.toLocalDate().equals(last.toLocalDate())) {
      conditions.add("hour BETWEEN %d AND %d".formatted(first.getHour(), last.getHour()));
    }
    conditions.add("ts >= %d AND ts < %d".formatted(axis.start(), axis.end()));
    return String.join("\n  AND ", conditions);
  }

  /** A pattern that leaves out most days, of which there would have to be a list otherwise. */
  private static String days(Axis axis) {
    String first = utc(axis.start()).toLocalDate().toString();
    String last = utc(axis.end() - 1).toLocalDate().toString();
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
    Optional<Family> family = metric.family();
    if (family.isEmpty()) {
      String column = Dialect.TRINO.name(metric.field());
      return numbers(metric, "''", column, "newest") + "WHERE " + column + " IS NOT NULL";
    }
    String key = Dialect.TRINO.name(family.get().keyLabel());
    String field = Dialect.TRINO.name(metric.field());
    return numbers(metric, "item." + key, "item." + field, items(family.get(), engine))
        + "WHERE item.%s IS NOT NULL AND item.%s IS NOT NULL".formatted(key, field);
  }

  private static String numbers(Metric metric, String key, String value, String from) {
    Unit unit = metric.unit();
    return """
    SELECT host, ts, %s AS metric, %s AS "key", %s AS number, %s AS scale, %d AS finer
    FROM %s
    """
        .formatted(
            Dialect.TRINO.literal(metric.fullName()),
            key,
            unit.integer()
                ? value
                : "CAST(round(%s * %d) AS BIGINT)".formatted(value, unit.scale()),
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
