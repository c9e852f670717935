package dev.fleetdash.sql;

import dev.fleetdash.sql.Type.Column;
import java.util.List;
import java.util.stream.Collectors;

/** Athena over the bucket, with projected partitions: nothing has to be crawled or repaired. */
final class Athena {
  private static final String TIER =
      """
        'projection.tier.type' = 'enum',
        'projection.tier.values' = 'raw,1s',
      """;
  private static final String DAY =
      """
        'projection.dt.type' = 'date',
        'projection.dt.format' = 'yyyy-MM-dd',
        'projection.dt.range' = '%s-01-01,NOW',
        'projection.dt.interval' = '1',
        'projection.dt.interval.unit' = 'DAYS',
      """
          .formatted(Scripts.FIRST_YEAR);
  private static final String HOUR =
      """
        'projection.hour.type' = 'integer',
        'projection.hour.range' = '0,23',
        'projection.hour.digits' = '2',
      """;
  private static final String HOST =
      """
        'projection.host.type' = 'injected',
      """;
  private static final String MONTH =
      """
        'projection.month.type' = 'date',
        'projection.month.format' = 'yyyy-MM',
        'projection.month.range' = '%s-01,NOW',
        'projection.month.interval' = '1',
        'projection.month.interval.unit' = 'MONTHS',
      """
          .formatted(Scripts.FIRST_YEAR);
  private static final String YEAR =
      """
        'projection.year.type' = 'integer',
        'projection.year.range' = '%s,2099',
      """
          .formatted(Scripts.FIRST_YEAR);

  private final String root;

  Athena(String root) {
    this.root = root;
  }

  String script() {
    return """
    -- One statement at a time. Written to Athena's documentation; not run on a real account.
    CREATE DATABASE IF NOT EXISTS fleetdash;

    %s
    -- The same for those who name their hosts, of which nothing else is read then. Needs host = '…' or host IN (…).
    %s
    %s
    %s
    %s
    -- Each second once, whether it was compacted or not.
    %s
    -- Ask for dt and hour too: ts alone reads every object.
    -- SELECT host, avg(cpu_utilization) FROM fleetdash.seconds WHERE dt = '2026-11-23' AND hour = 10 GROUP BY host;
    -- SELECT from_unixtime(ts) AS time, cpu_utilization.sum / coalesce(cpu_utilization.count, "count") AS cpu FROM fleetdash.minutes WHERE dt = '2026-11-23';
    """
        .formatted(
            table(
                "samples",
                Tables.samples(),
                "tier string, dt string, hour int",
                TIER + DAY + HOUR,
                "${tier}/dt=${dt}/hour=${hour}/"),
            table(
                "samples_by_host",
                Tables.withoutHost(Tables.samples()),
                "tier string, dt string, hour int, host string",
                TIER + DAY + HOUR + HOST,
                "${tier}/dt=${dt}/hour=${hour}/host=${host}/"),
            table("minutes", Tables.rollups(), "dt string", DAY, "1m/dt=${dt}/"),
            table("hours", Tables.rollups(), "`month` string", MONTH, "1h/month=${month}/"),
            table("days", Tables.rollups(), "`year` int", YEAR, "1d/year=${year}/"),
            Scripts.secondsView("fleetdash.seconds", "fleetdash.samples"));
  }

  private String table(
      String name, List<Column> columns, String partitions, String projection, String template) {
    return """
    CREATE EXTERNAL TABLE IF NOT EXISTS fleetdash.%s (
    %s
    )
    PARTITIONED BY (%s)
    ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
    LOCATION %s
    TBLPROPERTIES (
      'projection.enabled' = 'true',
    %s  'storage.location.template' = %s
    );
    """
        .formatted(
            name,
            columns.stream()
                .map(column -> "  " + Dialect.HIVE.column(column))
                .collect(Collectors.joining(",\n")),
            partitions,
            Dialect.HIVE.literal(root + "/v1/"),
            projection,
            Dialect.HIVE.literal(root + "/v1/" + template));
  }
}
