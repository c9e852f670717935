package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import java.util.List;

/** Decodes a segment to what a query wants of its rows. */
final class SegmentRows {
  private SegmentRows() {}

  static List<WantedRow> decode(String key, byte[] bytes, RangeQuery query) throws ArchiveException {
    if (bytes.length == 0) {
      return List.of();
    }
    throw new ArchiveException(ArchiveException.Kind.BAD_OBJECT, "cannot decode " + key + query + bytes.length);
  }
}
