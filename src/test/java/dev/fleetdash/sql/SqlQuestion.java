package dev.fleetdash.sql;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Asks a view for each number of it, summed up: of a host, a bucket, a metric and an item how many
 * values there are, the least, the average as the chart has it, and the most.
 *
 * @param view one that the archive's scripts make
 * @param step seconds a bucket
 * @param days the first second of each UTC day that is asked about
 * @param end the second after the last
 */
record SqlQuestion(String view, int step, List<Long> days, long end) {
  private static final String COLUMNS = "metric, finer, number, least, total, most";

  /** Those that the view has. */
  List<Metric> metrics() {
    return Arrays.stream(Metric.values())
        .filter(metric -> seconds() || metric.family().map(Family::charted).orElse(true))
        .toList();
  }

  private boolean seconds() {
    return view.equals("seconds");
  }

  /** The question as one statement, in Trino's SQL or in Spark's. */
  String in(Dialect dialect) {
    List<String> numbers = new ArrayList<>();
    List<String> scalars = new ArrayList<>(List.of(rows(dialect)));
    Metric.scalars()
        .forEach(metric -> scalars.add(number(dialect, metric, dialect.name(metric.field()), "")));
    numbers.add(numbers(dialect, "''", "", scalars));
    for (Family family : Family.values()) {
      if (seconds() || family.charted()) {
        numbers.add(
            numbers(
                dialect,
                "item." + dialect.name(family.keyLabel()),
                items(dialect, family),
                family.metrics().stream()
                    .map(metric ->
                        number(dialect, metric, "item." + dialect.name(metric.field()), "item."))
                    .toList()));
      }
    }
    return """
    SELECT '%s', host, bucket, metric, item, sum(number), min(least),
      CAST(max(finer) * %s + floor(max(finer) * CAST(sum(total) %% sum(number) AS DOUBLE) / sum(number) + 0.5) AS BIGINT),
      max(most)
    FROM (
    %s
    ) AS numbers
    GROUP BY host, bucket, metric, item;
    """
        .formatted(
            view,
            dialect == Dialect.TRINO
                ? "(sum(total) / sum(number))"
                : "(sum(total) div sum(number))",
            String.join("\nUNION ALL\n", numbers));
  }

  private String rows(Dialect dialect) {
    String number = seconds() ? "1" : dialect.name("count");
    return tuple(dialect, "'rows'", "1", number, "1", number, "1");
  }

  private String number(Dialect dialect, Metric metric, String column, String row) {
    String name = dialect.literal(metric.fullName());
    String finer = String.valueOf(metric.unit().averageScale() / metric.unit().scale());
    if (seconds()) {
      String value = RollupNumbers.scaled(metric.unit(), column);
      return tuple(dialect, name, finer, "1", value, value, value);
    }
    return tuple(
        dialect,
        name,
        finer,
        "coalesce(%s.%s, %s%s)"
            .formatted(column, dialect.name("count"), row, dialect.name("count")),
        RollupNumbers.scaled(metric.unit(), column + "." + dialect.name("min")),
        RollupNumbers.scaled(metric.unit(), column + "." + dialect.name("sum")),
        RollupNumbers.scaled(metric.unit(), column + "." + dialect.name("max")));
  }

  private static String tuple(Dialect dialect, String name, String... numbers) {
    return Arrays.stream(numbers)
        .map(number -> "CAST(" + number + " AS BIGINT)")
        .collect(
            Collectors.joining(
                ", ", (dialect == Dialect.TRINO ? "ROW" : "struct") + "(" + name + ", ", ")"));
  }

  private String items(Dialect dialect, Family family) {
    Type.Struct item = seconds() ? Tables.item(family) : Tables.summaryItem(family);
    String field = dialect.name(family.field());
    return dialect == Dialect.TRINO
        ? "CROSS JOIN UNNEST(%s) AS item (%s)"
            .formatted(field, Scripts.names(dialect, item.fields()))
        : "LATERAL VIEW explode(%s) items AS item".formatted(field);
  }

  private String numbers(Dialect dialect, String key, String items, List<String> tuples) {
    String list = String.join(",\n  ", tuples);
    return """
    SELECT host, ts - ts %% %d AS bucket, number.metric, %s AS item, number.finer, number.number, number.least, number.total, number.most
    FROM %s %s
    %s
    WHERE %s AND ts < %d AND number.least IS NOT NULL\
    """
        .formatted(
            step,
            key,
            dialect == Dialect.TRINO ? "hive.fleetdash." + view : view,
            items,
            dialect == Dialect.TRINO
                ? "CROSS JOIN UNNEST(ARRAY[\n  %s\n]) AS number (%s)".formatted(list, COLUMNS)
                : "LATERAL VIEW inline(array(\n  %s\n)) number AS %s".formatted(list, COLUMNS),
            partitions(dialect),
            end);
  }

  private String partitions(Dialect dialect) {
    String date = dialect == Dialect.TRINO ? "" : "'DATE '";
    return switch (view) {
      case "hours" ->
          dialect == Dialect.TRINO
              ? "(" + folders("'year = 'yyyy' AND month = 'M", " OR ") + ")"
              : "month IN (" + folders("''yyyy-MM''", ", ") + ")";
      case "days" -> "year IN (" + folders("yyyy", ", ") + ")";
      default -> "dt IN (" + folders(date + "''yyyy-MM-dd''", ", ") + ")";
    };
  }

  private String folders(String pattern, String between) {
    DateTimeFormatter format = DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
    return days.stream()
        .map(day -> format.format(Instant.ofEpochSecond(day).atOffset(ZoneOffset.UTC)))
        .distinct()
        .collect(Collectors.joining(between));
  }
}
