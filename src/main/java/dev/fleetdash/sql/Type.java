package dev.fleetdash.sql;

import java.util.List;

/** The type of a field, as JSON has it. */
sealed interface Type {

  /** A number or a text. */
  enum Plain implements Type {
    WHOLE,
    REAL,
    TEXT
  }

  /** An object with these fields. */
  record Struct(List<Column> fields) implements Type {}

  /** An array of such objects. */
  record Structs(Struct item) implements Type {}

  /** A field with its type. */
  record Column(String name, Type type) {}
}
