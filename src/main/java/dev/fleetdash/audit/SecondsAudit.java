package dev.fleetdash.audit;

import dev.fleetdash.audit.RowsRead.Print;
import dev.fleetdash.sample.Row;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a host's compacted hour with the raw rows that are left of it: of each second, what is
 * compacted must win over raw, or be the same line. For one thread.
 */
final class SecondsAudit {
  private static final int HOUR = 3_600;

  private final long hour;
  private final @Nullable Print[] raw = new @Nullable Print[HOUR];
  private final @Nullable Print[] kept = new @Nullable Print[HOUR];

  SecondsAudit(long hour) {
    this.hour = hour;
  }

  void raw(RowsRead object) {
    add(object, raw);
  }

  void compacted(RowsRead object) {
    add(object, kept);
  }

  private void add(RowsRead object, @Nullable Print[] into) {
    for (Print row : object.rows()) {
      int second = (int) (row.ts() - hour);
      Print there = into[second];
      if (there == null || row.winsOver(there)) {
        into[second] = row;
      }
    }
  }

  /** The seconds that have a row, from that second of the day on. */
  void mark(BitSet day, int from) {
    for (int second = 0; second < HOUR; second++) {
      if (raw[second] != null || kept[second] != null) {
        day.set(from + second);
      }
    }
  }

  /** Rows of raw that should be compacted, and are not. */
  BitSet lacking() {
    BitSet lacking = new BitSet(HOUR);
    for (int second = 0; second < HOUR; second++) {
      Print from = raw[second];
      Print to = kept[second];
      if (from != null && (to == null || from.winsOver(to))) {
        lacking.set(second);
      }
    }
    return lacking;
  }

  /**
   * Compacted rows that claim to be those of raw, and are not. Without an uptime two rows can be of
   * one second and run, and either may count.
   */
  BitSet other() {
    BitSet other = new BitSet(HOUR);
    for (int second = 0; second < HOUR; second++) {
      Print from = raw[second];
      Print to = kept[second];
      if (from != null
          && to != null
          && from.uptime() != Row.ABSENT
          && from.sameAs(to)
          && from.print() != to.print()) {
        other.set(second);
      }
    }
    return other;
  }
}
