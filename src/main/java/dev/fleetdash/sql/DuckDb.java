package dev.fleetdash.sql;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.sql.Type.Column;
import java.util.List;
import java.util.stream.Collectors;

/** DuckDB over the archive's files. Types are given, because it would guess them from few files. */
final class DuckDb {
  private final String root;

  /**
   * @param root of the archive: a directory or {@code s3://bucket/prefix}
   */
  DuckDb(String root) {
    this.root = root;
  }

  /**
   * Everything at full resolution.
   *
   * @param day a pattern of days
   * @param host a pattern of hosts
   * @param columns those of the rows that are wanted, without the host
   */
  String samples(String day, String host, List<Column> columns) {
    return read(
        "/v1/*/dt=" + day + "/hour=*/host=" + host + "/*.ndjson.gz",
        columns,
        "'dt': 'DATE', 'hour': 'INTEGER', 'host': 'VARCHAR'");
  }

  /**
   * Rollups of a tier.
   *
   * @param host a pattern of hosts
   * @param columns those of the rows that are wanted, without the host
   */
  String rollups(Tier tier, String host, List<Column> columns) {
    return read(
        "/v1/" + tier.text() + "/*/host=" + host + "/data.ndjson.gz",
        columns,
        switch (tier) {
          case SECONDS -> "'dt': 'DATE', 'hour': 'INTEGER', 'host': 'VARCHAR'";
          case MINUTES -> "'dt': 'DATE', 'host': 'VARCHAR'";
          case HOURS -> "'month': 'VARCHAR', 'host': 'VARCHAR'";
          case DAYS -> "'year': 'INTEGER', 'host': 'VARCHAR'";
        });
  }

  private String read(String path, List<Column> columns, String partitions) {
    return """
    read_json(
      %s,
      format = 'newline_delimited',
      compression = 'gzip',
      columns = {%s},
      hive_partitioning = true,
      hive_types = {%s})\
    """
        .formatted(
            Dialect.DUCKDB.literal(literalGlob(root) + path),
            columns.stream().map(DuckDb::column).collect(Collectors.joining(", ")),
            partitions);
  }

  private static String column(Column column) {
    return Dialect.DUCKDB.name(column.name())
        + ": "
        + Dialect.DUCKDB.literal(Dialect.DUCKDB.type(column.type()));
  }

  /** A path whose own stars are no pattern. */
  private static String literalGlob(String path) {
    return path.replaceAll("[\\[*?]", "[$0]");
  }

  /** Of the rows of one second, the one that counts. */
  static final String NEWEST =
      "QUALIFY row_number() OVER (PARTITION BY dt, hour, host, ts ORDER BY run DESC, uptime_seconds DESC NULLS LAST) = 1";

  /** The archive's views. */
  String script() {
    return """
    -- For example: duckdb -init v1/duckdb.sql
    -- A tier that has no object yet is refused; the next time it is there.
    %s
    CREATE OR REPLACE VIEW samples AS SELECT * FROM %s;

    -- Each second once, whether it was compacted or not.
    CREATE OR REPLACE VIEW seconds AS SELECT * FROM samples
    %s;

    CREATE OR REPLACE VIEW minutes AS SELECT * FROM %s;

    CREATE OR REPLACE VIEW hours AS SELECT * FROM %s;

    CREATE OR REPLACE VIEW days AS SELECT * FROM %s;

    -- Ask for dt and hour too: ts alone opens every file.
    -- SELECT host, avg(cpu_utilization) FROM seconds WHERE dt = current_date AND hour = 10 GROUP BY host;
    -- SELECT to_timestamp(ts) AS time, cpu_utilization.sum / coalesce(cpu_utilization.count, "count") AS cpu FROM minutes WHERE dt = current_date;
    -- SELECT ts, fs.mount, fs.used_bytes FROM (SELECT ts, unnest(filesystems) AS fs FROM seconds WHERE dt = current_date AND host = 'web-1');
    """
        .formatted(
            root.startsWith("s3://")
                ? "INSTALL httpfs; LOAD httpfs; CREATE OR REPLACE SECRET fleetdash (TYPE s3, PROVIDER credential_chain);\n"
                : "",
            samples("*", "*", Tables.withoutHost(Tables.samples())),
            NEWEST,
            rollups("/v1/1m/dt=*/host=*/data.ndjson.gz", "'dt': 'DATE'"),
            rollups("/v1/1h/month=*/host=*/data.ndjson.gz", "'month': 'VARCHAR'"),
            rollups("/v1/1d/year=*/host=*/data.ndjson.gz", "'year': 'INTEGER'"));
  }

  private String rollups(String path, String partition) {
    return read(path, Tables.withoutHost(Tables.rollups()), partition + ", 'host': 'VARCHAR'");
  }
}
