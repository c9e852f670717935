package dev.fleetdash.sql;

import dev.fleetdash.sql.Type.Column;
import java.util.List;
import java.util.stream.Collectors;

/** Spark over the archive, with a schema: it would take a host called 007 for the number 7. */
final class Spark {
  private final String root;

  Spark(String root) {
    this.root = root.startsWith("s3://") ? "s3a" + root.substring(2) : root;
  }

  String script() {
    return """
    -- For example: spark-sql -i v1/spark.sql
    -- Of a bucket with the hadoop-aws of Spark's Hadoop among its jars (--packages).
    -- A tier that has no object yet is refused; the next time it is there.
    %s
    %s
    -- Each second once, whether it was compacted or not.
    CREATE OR REPLACE TEMPORARY VIEW seconds AS
    SELECT %s FROM (
      SELECT *, row_number() OVER (PARTITION BY dt, hour, host, ts ORDER BY run DESC, uptime_seconds DESC NULLS LAST) AS place
      FROM (SELECT * FROM samples_raw UNION ALL SELECT * FROM samples_1s)
    ) WHERE place = 1;

    %s
    %s
    %s
    -- Ask for dt and hour too: ts alone reads every object.
    -- SELECT host, avg(cpu_utilization) FROM seconds WHERE dt = DATE '2026-11-23' AND hour = 10 GROUP BY host;
    """
        .formatted(
            view("samples_raw", Tables.samples(), "dt DATE, hour INT, host STRING", "raw"),
            view("samples_1s", Tables.samples(), "dt DATE, hour INT, host STRING", "1s"),
            Scripts.names(Dialect.HIVE, Tables.samples()) + ", dt, hour",
            view("minutes", Tables.rollups(), "dt DATE, host STRING", "1m"),
            view("hours", Tables.rollups(), "month STRING, host STRING", "1h"),
            view("days", Tables.rollups(), "year INT, host STRING", "1d"));
  }

  private String view(String name, List<Column> columns, String partitions, String tier) {
    return """
    CREATE OR REPLACE TEMPORARY VIEW %s (
    %s,
      %s
    )
    USING json OPTIONS (path %s);
    """
        .formatted(
            name,
            Tables.withoutHost(columns).stream()
                .map(column -> "  " + Dialect.HIVE.column(column))
                .collect(Collectors.joining(",\n")),
            partitions,
            Dialect.HIVE.literal(root + "/v1/" + tier));
  }
}
