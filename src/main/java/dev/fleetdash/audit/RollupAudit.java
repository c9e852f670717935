package dev.fleetdash.audit;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RollupMerge;
import dev.fleetdash.archive.RowSums;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.audit.RollupRows.OneRow;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Compares rows of a rollup object with those that the next finer object gives. A row that sums up
 * more than is left is right where what it was made from may have expired. For one thread.
 */
final class RollupAudit {
  private final TierKey key;
  private final Report report;
  private final boolean finished;
  private final boolean expired;
  private boolean any;

  /** How a comparison ended; what is wrong was reported. */
  enum Result {
    DONE,
    /** Something is still to come that is not due. */
    OPEN,
    /** The object is not good, which was reported. */
    UNREADABLE
  }

  /** What is wrong, each once with the first row that shows it. */
  private final Finding missing = new Finding("lacks %d rows, the first of %s");

  private final Finding fewer =
      new Finding("has %d rows that sum up fewer than the finer tier has, the first of %s");
  private final Finding more =
      new Finding(
          "has %d rows that sum up more than the finer tier still has, though that is too young to have expired: rows are gone; the first of %s");
  private final Finding other = new Finding("has %d rows with other numbers, the first of %s");

  private static final class Finding {
    private final String text;
    private int count;
    private String first = "";

    Finding(String text) {
      this.text = text;
    }

    void add(long ts, String detail) {
      if (count++ == 0) {
        first = Times.second(ts) + detail;
      }
    }
  }

  /**
   * @param finished whether the object should have all rows by now
   * @param expired whether what it was made from may be gone
   */
  RollupAudit(TierKey key, Report report, boolean finished, boolean expired) {
    this.key = key;
    this.report = report;
    this.finished = finished;
    this.expired = expired;
  }

  /**
   * Compares the rows of {@code [from, to)}.
   *
   * @param present the object; empty where there is none
   * @param finer the next finer object; empty where there is none
   */
  Result compare(
      Optional<byte[]> present, TierKey finerKey, Optional<byte[]> finer, long from, long to) {
    NavigableMap<Long, OneRow> wanted;
    try {
      wanted = finer.isPresent() ? wanted(finerKey, finer.get(), from, to) : new TreeMap<>();
    } catch (ArchiveException _) {
      // The finer tier's own audit says so.
      return Result.DONE;
    }
    NavigableMap<Long, OneRow> has;
    try {
      has = present.isPresent() ? RollupRows.of(key, present.get(), from, to) : new TreeMap<>();
    } catch (ArchiveException e) {
      report.wrong(key.text(), RowsRead.reason(key.text(), e));
      return Result.UNREADABLE;
    }
    any = !has.isEmpty();
    wanted.forEach((ts, row) -> compare(ts, Optional.ofNullable(has.get(ts)), row));
    has.forEach((ts, row) -> {
      if (!wanted.containsKey(ts) && !expired) {
        more.add(ts, ": %d, and none is left".formatted(row.count()));
      }
    });
    return tell(from);
  }

  private NavigableMap<Long, OneRow> wanted(TierKey finerKey, byte[] finer, long from, long to)
      throws ArchiveException {
    RollupMerge merge = new RollupMerge(key);
    new RowSums().add(finerKey, finer, from, to, merge);
    Optional<byte[]> object = merge.isEmpty() ? Optional.empty() : merge.with(null);
    return object.isPresent() ? RollupRows.of(key, object.get(), from, to) : new TreeMap<>();
  }

  private void compare(long ts, Optional<OneRow> present, OneRow wanted) {
    if (present.isEmpty()) {
      missing.add(ts, ", of %d seconds".formatted(wanted.count()));
      return;
    }
    OneRow row = present.get();
    if (row.count() < wanted.count()) {
      fewer.add(ts, ": %d of %d".formatted(row.count(), wanted.count()));
    } else if (row.count() > wanted.count()) {
      if (!expired) {
        more.add(ts, ": %d, and %d are left".formatted(row.count(), wanted.count()));
      }
    } else {
      row.differenceFrom(wanted).ifPresent(what -> other.add(ts, ": " + what));
    }
  }

  /** Whether the object has rows of the time that was compared. */
  boolean any() {
    return any;
  }

  private Result tell(long from) {
    if (finished) {
      String mend = Audit.mend(key.host(), from);
      tell(missing, mend);
      tell(fewer, mend);
    }
    tell(more, "");
    tell(other, "");
    return !finished && missing.count + fewer.count > 0 ? Result.OPEN : Result.DONE;
  }

  private void tell(Finding finding, String mend) {
    if (finding.count > 0) {
      report.wrong(key.text(), finding.text.formatted(finding.count, finding.first) + mend);
    }
  }
}
