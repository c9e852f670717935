package dev.fleetdash.archive;

import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.util.List;

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

  /**
   * The same, with as many of the item's labels as the reader reads.
   *
   * @param labels in the order of {@link dev.fleetdash.sample.Family#labels}; one that is missing
   *     in the row is empty
   */
  default void item(Metric metric, List<String> labels, long scaled) {
    item(metric, labels.getFirst(), scaled);
  }

  /** Nothing more of this row. */
  default void endRow() {}
}
