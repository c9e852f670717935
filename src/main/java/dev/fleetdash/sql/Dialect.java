package dev.fleetdash.sql;

import dev.fleetdash.sql.Type.Column;
import dev.fleetdash.sql.Type.Plain;
import dev.fleetdash.sql.Type.Struct;
import dev.fleetdash.sql.Type.Structs;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How an engine writes names, texts and types. */
enum Dialect {
  /** Also Athena's, for its tables; its queries are in {@link #TRINO}'s. */
  HIVE('`', "bigint", "double", "string"),
  TRINO('"', "bigint", "double", "varchar"),
  DUCKDB('"', "BIGINT", "DOUBLE", "VARCHAR");

  private final char quote;
  private final String whole;
  private final String real;
  private final String text;

  Dialect(char quote, String whole, String real, String text) {
    this.quote = quote;
    this.whole = whole;
    this.real = real;
    this.text = text;
  }

  /** A name that may be a reserved word. */
  String name(String name) {
    return quote + name.replace(String.valueOf(quote), "" + quote + quote) + quote;
  }

  /** A text that may hold anything. */
  String literal(String value) {
    String safe =
        this == HIVE ? value.replace("\\", "\\\\").replace("'", "\\'") : value.replace("'", "''");
    return "'" + safe + "'";
  }

  /** {@code name type}, for a list of columns. */
  String column(Column column) {
    return name(column.name()) + " " + type(column.type());
  }

  String type(Type type) {
    return switch (type) {
      case Plain.WHOLE -> whole;
      case Plain.REAL -> real;
      case Plain.TEXT -> text;
      case Struct(List<Column> fields) -> struct(fields);
      case Structs(Struct item) ->
          switch (this) {
            case HIVE -> "array<" + type(item) + ">";
            case TRINO -> "array(" + type(item) + ")";
            case DUCKDB -> type(item) + "[]";
          };
    };
  }

  private String struct(List<Column> fields) {
    return switch (this) {
      case HIVE -> "struct<" + list(fields, field -> field(field, ":")) + ">";
      case TRINO -> "row(" + list(fields, field -> field(field, " ")) + ")";
      case DUCKDB -> "STRUCT(" + list(fields, field -> field(field, " ")) + ")";
    };
  }

  private String field(Column field, String between) {
    return name(field.name()) + between + type(field.type());
  }

  private static String list(List<Column> fields, Function<Column, String> each) {
    return fields.stream().map(each).collect(Collectors.joining(", "));
  }
}
