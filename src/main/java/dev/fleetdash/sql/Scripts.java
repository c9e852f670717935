package dev.fleetdash.sql;

import dev.fleetdash.sql.Type.Column;
import java.util.List;
import java.util.stream.Collectors;

/** What the scripts of several engines have in common. */
final class Scripts {
  /** Partitions are projected from here on; nothing was archived before. */
  static final int FIRST_YEAR = 2026;

  private Scripts() {}

  static String names(Dialect dialect, List<Column> columns) {
    return columns.stream()
        .map(column -> dialect.name(column.name()))
        .collect(Collectors.joining(", "));
  }

  /** In the dialect that Athena and Trino share. What is partitioned by can be pushed below it. */
  static String secondsView(String view, String table) {
    return """
    CREATE OR REPLACE VIEW %s AS
    SELECT %s, dt, hour FROM (
      SELECT *, row_number() OVER (PARTITION BY dt, hour, host, ts ORDER BY run DESC, uptime_seconds DESC NULLS LAST) AS place
      FROM %s
    ) WHERE place = 1;
    """
        .formatted(view, names(Dialect.TRINO, Tables.samples()), table);
  }
}
