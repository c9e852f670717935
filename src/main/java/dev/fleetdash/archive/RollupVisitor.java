package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;

/** Is told of rollup rows, one after the other, by a {@link RollupReader}. Numbers are scaled. */
@FunctionalInterface
public interface RollupVisitor {

  /**
   * A rollup row begins.
   *
   * @param ts the bucket's first second
   * @param run the greatest of the rows' runs
   * @param count the rows in it
   */
  void row(long ts, long run, long count);

  /**
   * A scalar of the row.
   *
   * @param sum {@link Row#ABSENT} where it does not fit
   * @param count the rows that have the metric, at least 1
   */
  default void value(Metric metric, long min, long max, long sum, long count) {}

  /**
   * A number of one item of a family.
   *
   * @param labels in the order of {@link dev.fleetdash.sample.Family#labels}; the first is the key
   * @param count the rows in which the item has the metric, at least 1
   */
  default void item(Metric metric, List<String> labels, long min, long max, long sum, long count) {}

  /** Nothing more of this row. */
  default void endRow() {}
}
