package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RowReader;
import dev.fleetdash.archive.RowVisitor;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.util.ArrayList;
import java.util.List;

/** Decodes segments to what a query wants of their rows. For one thread. */
final class SegmentRows {
  /** An hour of rows at one a second, each of them large. */
  private static final long MAX_UNPACKED_BYTES = 64 << 20;

  private final HostName host;
  private final RowReader reader;

  SegmentRows(RangeQuery query) {
    this.host = query.hosts().getFirst();
    this.reader = new RowReader(query.metrics(), MAX_UNPACKED_BYTES);
  }

  /**
   * The rows of one segment, in its order.
   *
   * @throws ArchiveException of kind BAD_OBJECT when it is not whole; then nothing of it counts
   */
  List<WantedRow> decode(String key, byte[] bytes) throws ArchiveException {
    Gathering rows = new Gathering();
    reader.read(key, bytes, host, rows);
    return rows.found;
  }

  private static final class Gathering implements RowVisitor {
    private final List<WantedRow> found = new ArrayList<>();

    @Override
    public void row(long ts, long run, long uptime) {
      found.add(new WantedRow(ts, run, uptime));
    }

    @Override
    public void value(Metric metric, long scaled) {
      found.getLast().add(metric, "", scaled);
    }

    @Override
    public void item(Metric metric, String key, long scaled) {
      found.getLast().add(metric, key, scaled);
    }
  }
}
