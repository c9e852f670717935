package dev.fleetdash.sql;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Unit;
import dev.fleetdash.sql.ChartQuery.Engine;
import dev.fleetdash.sql.Type.Column;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * That part of a chart's query which takes its numbers from rollups of one tier.
 *
 * @param from first second, epoch seconds
 * @param to the second after the last
 */
record RollupNumbers(Tier tier, long from, long to, Engine engine) {
  private static final HostName ANY = new HostName("any");

  /** The rows: columns as in the table. */
  String rows(String root, RangeQuery query, String hosts) {
    Set<String> fields = new LinkedHashSet<>(List.of("ts", "count"));
    query
        .metrics()
        .forEach(metric -> fields.add(metric.family().map(Family::field).orElse(metric.field())));
    List<Column> columns =
        Tables.rollups().stream().filter(column -> fields.contains(column.name())).toList();
    String host = query.hosts().size() == 1 ? query.hosts().getFirst().value() : "*";
    String source =
        engine == Engine.DUCKDB
            ? new DuckDb(root).rollups(tier, host, columns)
            : "fleetdash." + table();
    return "SELECT host, %s\nFROM %s\nWHERE %s\n  AND %s\n  AND ts >= %d AND ts < %d"
        .formatted(Scripts.names(Dialect.TRINO, columns), source, hosts, partitions(), from, to);
  }

  private String table() {
    return switch (tier) {
      case SECONDS -> throw new IllegalArgumentException("seconds are no rollups");
      case MINUTES -> "minutes";
      case HOURS -> "hours";
      case DAYS -> "days";
    };
  }

  private String partitions() {
    String first = partition(from);
    String last = partition(to - 1);
    return switch (tier) {
      case SECONDS -> throw new IllegalArgumentException("seconds are no rollups");
      case MINUTES -> {
        String date = engine == Engine.DUCKDB ? "DATE " : "";
        yield "dt BETWEEN %s'%s' AND %s'%s'".formatted(date, first, date, last);
      }
      case HOURS -> "\"month\" BETWEEN '%s' AND '%s'".formatted(first, last);
      case DAYS -> "\"year\" BETWEEN %s AND %s".formatted(first, last);
    };
  }

  /** The value of the folder that holds the second, {@code 2026-11} of {@code month=2026-11}. */
  private String partition(long ts) {
    String key = TierKey.of(tier, ANY, ts).text();
    return key.substring(key.indexOf('=') + 1, key.indexOf("/host="));
  }

  /** One metric's: least, most, sum and number of values a row. */
  String numbers(Metric metric) {
    Optional<Family> family = metric.family();
    if (family.isEmpty()) {
      return numbers(metric, "''", Dialect.TRINO.name(metric.field()), "\"count\"", "rolled_up");
    }
    String key = Dialect.TRINO.name(family.get().keyLabel());
    return numbers(
            metric,
            "item." + key,
            "item." + Dialect.TRINO.name(metric.field()),
            "item.\"count\"",
            items(family.get()))
        + "\n  AND item.%s IS NOT NULL".formatted(key);
  }

  private String items(Family family) {
    String field = Dialect.TRINO.name(family.field());
    if (engine == Engine.DUCKDB) {
      return "(SELECT host, ts, unnest(%s) AS item FROM rolled_up)".formatted(field);
    }
    return "rolled_up CROSS JOIN UNNEST(%s) AS item (%s)"
        .formatted(field, Scripts.names(Dialect.TRINO, Tables.summaryItem(family).fields()));
  }

  private static String numbers(
      Metric metric, String key, String summary, String count, String from) {
    Unit unit = metric.unit();
    return """
    SELECT host, ts, %s AS metric, %s AS "key", %s AS least, %s AS most, %s AS total, coalesce(%s."count", %s) AS number, %s AS scale, %d AS finer
    FROM %s
    WHERE %s."min" IS NOT NULL\
    """
        .formatted(
            Dialect.TRINO.literal(metric.fullName()),
            key,
            scaled(unit, summary + ".\"min\""),
            scaled(unit, summary + ".\"max\""),
            scaled(unit, summary + ".\"sum\""),
            summary,
            count,
            unit.scale() + "e0",
            unit.averageScale() / unit.scale(),
            from,
            summary);
  }

  static String scaled(Unit unit, String value) {
    return unit.integer() ? value : "CAST(round(%s * %d) AS BIGINT)".formatted(value, unit.scale());
  }
}
