package dev.fleetdash.spool;

import dev.fleetdash.sample.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Segments in memory, for as long as the disk takes none: packed as they grow, in the bytes that
 * the archive gets. Bounded; past that the oldest go. For one thread at a time.
 */
final class HeldSegments {
  /** Five hours at a row a second, of 3.3 kB a minute. */
  private static final int MOST_BYTES = 1 << 20;

  /** So often the disk is tried again, and so much of an interval a kill costs at least. */
  private static final int LONGEST_SECONDS = 60;

  static final Comparator<Segment> OLDEST_FIRST =
      Comparator.comparingLong(Segment::ts)
          .thenComparingLong(Segment::run)
          .thenComparingLong(Segment::seq)
          .thenComparing(Segment::host);

  private final TreeMap<Segment, Held> sealed = new TreeMap<>(OLDEST_FIRST);
  private long bytes;
  private @Nullable Growing growing;

  /**
   * A segment as it is put.
   *
   * @param rows of which there is no copy on the disk
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Held(byte[] bytes, long rows) {}

  /** The one that rows are added to. */
  private static final class Growing {
    private final Segment segment;
    private final long window;
    private final ByteArrayOutputStream packed = new ByteArrayOutputStream(8192);
    private final GZIPOutputStream out;
    private long lastTs;
    private long rows;

    Growing(Segment segment, int flushSeconds) throws IOException {
      this.segment = segment;
      this.window = Math.floorDiv(segment.ts(), flushSeconds);
      this.lastTs = segment.ts() - 1;
      this.out = new GZIPOutputStream(packed, Sealer.BUFFER);
    }

    boolean takes(Row row, int flushSeconds) {
      return row.ts() > lastTs
          && Math.floorDiv(row.ts(), flushSeconds) == window
          && row.ts() - segment.ts() < LONGEST_SECONDS
          && row.host().equals(segment.host());
    }

    void append(Row row) throws IOException {
      out.write(row.json());
      out.write('\n');
      lastTs = row.ts();
      rows++;
    }

    Held seal() throws IOException {
      out.close();
      return new Held(packed.toByteArray(), rows);
    }
  }

  /** Whether there is a segment that the row belongs into. */
  boolean takes(Row row, int flushSeconds) {
    Growing current = growing;
    return current != null && current.takes(row, flushSeconds);
  }

  /** Whether there is one that rows may still be added to. */
  boolean isGrowing() {
    return growing != null;
  }

  /** Begins a segment, which ends the one before. */
  long begin(Segment segment, int flushSeconds) {
    long dropped = seal();
    try {
      growing = new Growing(segment, flushSeconds);
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
    return dropped;
  }

  /** Adds to the segment that was begun. */
  void append(Row row) {
    Growing current = growing;
    if (current != null) {
      try {
        current.append(row);
      } catch (IOException e) {
        throw new UncheckedIOException("memory takes every byte", e);
      }
    }
  }

  /** Ends the segment that was begun; answers how many rows had to go for it. */
  long seal() {
    Growing ended = growing;
    growing = null;
    if (ended == null) {
      return 0;
    }
    try {
      return put(ended.segment, ended.seal());
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
  }

  /** Takes a sealed segment; answers how many rows had to go for it. */
  long put(Segment segment, Held held) {
    remove(segment);
    sealed.put(segment, held);
    bytes += held.bytes().length;
    long dropped = 0;
    while (bytes > MOST_BYTES && sealed.size() > 1) {
      dropped += remove(sealed.firstKey());
    }
    return dropped;
  }

  /** Lets a segment go; answers how many rows there are no more. */
  long remove(Segment segment) {
    Held gone = sealed.remove(segment);
    if (gone == null) {
      return 0;
    }
    bytes -= gone.bytes().length;
    return gone.rows();
  }

  Optional<Held> get(Segment segment) {
    return Optional.ofNullable(sealed.get(segment));
  }

  Optional<Segment> oldest() {
    return sealed.isEmpty() ? Optional.empty() : Optional.of(sealed.firstKey());
  }

  /** Oldest first. */
  List<Segment> all() {
    return new ArrayList<>(sealed.keySet());
  }

  long count() {
    return sealed.size();
  }

  long bytes() {
    return bytes;
  }
}
