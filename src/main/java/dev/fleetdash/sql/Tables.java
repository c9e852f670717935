package dev.fleetdash.sql;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Unit;
import dev.fleetdash.sql.Type.Column;
import dev.fleetdash.sql.Type.Plain;
import dev.fleetdash.sql.Type.Struct;
import dev.fleetdash.sql.Type.Structs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The columns of the archive's rows and of their rollups, in the order of the catalogue. */
final class Tables {
  private static final Column HOST = new Column("host", Plain.TEXT);

  private Tables() {}

  /** A row as it was sampled. */
  static List<Column> samples() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("ts", Plain.WHOLE));
    columns.add(HOST);
    columns.add(new Column("run", Plain.WHOLE));
    Metric.scalars().forEach(metric -> columns.add(new Column(metric.field(), number(metric))));
    for (Family family : Family.values()) {
      columns.add(new Column(family.field(), new Structs(item(family))));
    }
    return columns;
  }

  /** A row of a minute, an hour or a day. */
  static List<Column> rollups() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("ts", Plain.WHOLE));
    columns.add(HOST);
    columns.add(new Column("run", Plain.WHOLE));
    columns.add(new Column("count", Plain.WHOLE));
    Metric.scalars().forEach(metric -> columns.add(new Column(metric.field(), summary(metric))));
    Arrays.stream(Family.values())
        .filter(Family::charted)
        .forEach(
            family -> columns.add(new Column(family.field(), new Structs(summaryItem(family)))));
    return columns;
  }

  /** Those of a table whose host is a partition. */
  static List<Column> withoutHost(List<Column> columns) {
    return columns.stream().filter(column -> !column.equals(HOST)).toList();
  }

  static Struct item(Family family) {
    List<Column> fields = labels(family);
    family.metrics().forEach(metric -> fields.add(new Column(metric.field(), number(metric))));
    return new Struct(List.copyOf(fields));
  }

  static Struct summaryItem(Family family) {
    List<Column> fields = labels(family);
    fields.add(new Column("count", Plain.WHOLE));
    family.metrics().forEach(metric -> fields.add(new Column(metric.field(), summary(metric))));
    return new Struct(List.copyOf(fields));
  }

  private static List<Column> labels(Family family) {
    List<Column> fields = new ArrayList<>();
    family.labels().forEach(label -> fields.add(new Column(label, Plain.TEXT)));
    return fields;
  }

  private static Struct summary(Metric metric) {
    Plain number = number(metric);
    return new Struct(
        List.of(
            new Column("min", number),
            new Column("max", number),
            new Column("sum", number),
            new Column("count", Plain.WHOLE)));
  }

  static Plain number(Metric metric) {
    Unit unit = metric.unit();
    return unit.integer() ? Plain.WHOLE : Plain.REAL;
  }
}
