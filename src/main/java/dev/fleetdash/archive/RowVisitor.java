package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;

/**
 * Is told of rows, one after the other, by a {@link RowReader}. Numbers are scaled as {@link Row}'s
 * are.
 */
@FunctionalInterface
public interface RowVisitor {

  /**
   * A row begins.
   *
   * @param uptime scaled {@link Metric#UPTIME_SECONDS}, or {@link Row#ABSENT}
   */
  void row(long ts, long run, long uptime);

  /** A scalar of the row. */
  default void value(Metric metric, long scaled) {}

  /**
   * A number of one item of a family.
   *
   * @param key the item's first label
   */
  default void item(Metric metric, String key, long scaled) {}

  /** Nothing more of this row. */
  default void endRow() {}
}
