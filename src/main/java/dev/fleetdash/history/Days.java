package dev.fleetdash.history;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords.Found;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a host's records tell. A host of which any record is found keeps records, and was not there
 * on a day without one; of one that has none nothing is known. Safe for use by several threads.
 */
final class Days {
  /** How the record of a day is. */
  enum Kind {
    KNOWN,
    /** There is none, and the host keeps records. */
    NOT_THERE,
    /** There is none, of any day that was looked at. */
    UNKNOWN,
    UNREADABLE
  }

  /** A day. */
  record Day(Kind kind, Optional<HostRecord> record) {}

  private final Map<LocalDate, Found> looked;
  private final Function<LocalDate, Found> others;
  private final boolean kept;
  private final long compacted;

  /**
   * @param looked the days that were looked at
   * @param others looks at any other day
   */
  Days(Map<LocalDate, Found> looked, Function<LocalDate, Found> others) {
    this.looked = Map.copyOf(looked);
    this.others = others;
    this.kept = looked.values().stream().anyMatch(found -> found.record().isPresent());
    this.compacted =
        looked.values().stream()
            .flatMap(found -> found.record().stream())
            .mapToLong(HostRecord::compacted)
            .max()
            .orElse(HostRecord.AS_BEFORE);
  }

  Day of(LocalDate day) {
    Found found = looked.get(day);
    if (found == null) {
      found = others.apply(day);
    }
    if (found.record().isPresent()) {
      return new Day(Kind.KNOWN, found.record());
    }
    if (found.etag().isPresent()) {
      return new Day(Kind.UNREADABLE, Optional.empty());
    }
    return new Day(kept ? Kind.NOT_THERE : Kind.UNKNOWN, Optional.empty());
  }

  /** The days that were looked at from the beginning. */
  Map<LocalDate, Found> looked() {
    return looked;
  }

  /** Whether any record was found. */
  boolean kept() {
    return kept;
  }

  /**
   * The host's hours before this second are in seconds and minutes, whatever their day's own record
   * says: a later one knows more.
   */
  long compacted() {
    return compacted;
  }
}
