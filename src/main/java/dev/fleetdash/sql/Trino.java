package dev.fleetdash.sql;

import dev.fleetdash.sql.Type.Column;
import java.util.List;
import java.util.stream.Collectors;

/** Trino's hive connector over the bucket, with projected partitions. */
final class Trino {
  private static final String TIER =
      "  tier varchar WITH (partition_projection_type = 'ENUM', partition_projection_values = ARRAY['raw', '1s'])";
  private static final String DAY =
      "  dt varchar WITH (partition_projection_type = 'DATE', partition_projection_format = 'yyyy-MM-dd', partition_projection_range = ARRAY['%s-01-01', 'NOW'])"
          .formatted(Scripts.FIRST_YEAR);
  private static final String HOUR =
      "  hour integer WITH (partition_projection_type = 'INTEGER', partition_projection_range = ARRAY['0', '23'], partition_projection_digits = 2)";
  private static final String HOST = "  host varchar WITH (partition_projection_type = 'INJECTED')";
  private static final String YEAR =
      "  year integer WITH (partition_projection_type = 'INTEGER', partition_projection_range = ARRAY['%s', '2099'])"
          .formatted(Scripts.FIRST_YEAR);

  /** Trino projects no dates of months: a month is its year and its number. */
  private static final String MONTH =
      "  month integer WITH (partition_projection_type = 'INTEGER', partition_projection_range = ARRAY['1', '12'], partition_projection_digits = 2)";

  private final String root;

  Trino(String root) {
    this.root = root;
  }

  String script() {
    return """
    -- For a catalogue "hive" with fs.native-s3.enabled=true and hive.recursive-directories=true,
    -- without which the tables are empty and nothing says why.
    CREATE SCHEMA IF NOT EXISTS hive.fleetdash;

    %s
    -- The same for those who name their hosts, of which nothing else is read then. Needs host = '…', of one host.
    %s
    %s
    -- Hours are asked for by year = 2026 AND month = 11.
    %s
    %s
    -- Each second once, whether it was compacted or not.
    %s
    -- Ask for dt and hour too: ts alone reads every object.
    -- SELECT host, avg(cpu_utilization) FROM hive.fleetdash.seconds WHERE dt = '2026-11-23' AND hour = 10 GROUP BY host;
    -- SELECT from_unixtime(ts) AS time, cpu_utilization.sum / coalesce(cpu_utilization.count, "count") AS cpu FROM hive.fleetdash.minutes WHERE dt = '2026-11-23';
    """
        .formatted(
            table(
                "samples",
                Tables.samples(),
                List.of("tier", "dt", "hour"),
                List.of(TIER, DAY, HOUR),
                "${tier}/dt=${dt}/hour=${hour}/"),
            table(
                "samples_by_host",
                Tables.withoutHost(Tables.samples()),
                List.of("tier", "dt", "hour", "host"),
                List.of(TIER, DAY, HOUR, HOST),
                "${tier}/dt=${dt}/hour=${hour}/host=${host}/"),
            table("minutes", Tables.rollups(), List.of("dt"), List.of(DAY), "1m/dt=${dt}/"),
            table(
                "hours",
                Tables.rollups(),
                List.of("year", "month"),
                List.of(YEAR, MONTH),
                "1h/month=${year}-${month}/"),
            table("days", Tables.rollups(), List.of("year"), List.of(YEAR), "1d/year=${year}/"),
            Scripts.secondsView("hive.fleetdash.seconds", "hive.fleetdash.samples"));
  }

  private String table(
      String name,
      List<Column> columns,
      List<String> partitions,
      List<String> partitionColumns,
      String template) {
    return """
    CREATE TABLE IF NOT EXISTS hive.fleetdash.%s (
    %s,
    %s
    )
    WITH (
      format = 'JSON',
      external_location = %s,
      partitioned_by = ARRAY[%s],
      partition_projection_enabled = true,
      partition_projection_location_template = %s
    );
    """
        .formatted(
            name,
            columns.stream()
                .map(column -> "  " + Dialect.TRINO.column(column))
                .collect(Collectors.joining(",\n")),
            String.join(",\n", partitionColumns),
            Dialect.TRINO.literal(root + "/v1/"),
            partitions.stream().map(Dialect.TRINO::literal).collect(Collectors.joining(", ")),
            Dialect.TRINO.literal(root + "/v1/" + template));
  }
}
