package dev.fleetdash.history;

import dev.fleetdash.archive.TierKey;

/** A part of a host's time, and where its rows are read. */
sealed interface Piece {
  /** First second. */
  long from();

  /** The second after the last. */
  long to();

  /**
   * Of one derived object.
   *
   * @param from at a multiple of the tier's step, like {@code to}
   * @param afterAbsence whether it is looked for only because the coarser object is not there
   */
  record Stored(TierKey key, long from, long to, boolean afterAbsence) implements Piece {}

  /**
   * Of the segments of an hour, in the archive and in the spool.
   *
   * @param compactedToo whether the hour's own object may hold rows that the segments do not
   */
  record Raw(long hour, long from, long to, boolean compactedToo) implements Piece {}
}
