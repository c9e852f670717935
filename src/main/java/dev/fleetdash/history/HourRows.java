package dev.fleetdash.history;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one host's UTC hour, gathered from any number of segments in any order. For one
 * thread.
 */
final class HourRows {
  static final int SECONDS = 3600;

  private final long hour;
  private final @Nullable WantedRow[] rows = new @Nullable WantedRow[SECONDS];

  /**
   * @param hour epoch seconds, a multiple of 3,600
   */
  HourRows(long hour) {
    this.hour = hour;
  }

  /**
   * Takes rows of the hour; of two with the same second one stays. Rows of another hour have no
   * business in a segment of this one and are left out.
   */
  void add(List<WantedRow> found) {
    for (WantedRow row : found) {
      long second = row.ts() - hour;
      if (second < 0 || second >= SECONDS) {
        continue;
      }
      WantedRow held = rows[(int) second];
      if (held == null || row.winsOver(held)) {
        rows[(int) second] = row;
      }
    }
  }

  /** Gives the rows of {@code [from, to)} to the buckets and notes them. */
  void pour(long from, long to, Buckets buckets, Runs runs) {
    for (WantedRow row : rows) {
      if (row != null && row.ts() >= from && row.ts() < to) {
        row.pour(buckets);
        runs.row(row.run(), row.ts());
      }
    }
  }
}
