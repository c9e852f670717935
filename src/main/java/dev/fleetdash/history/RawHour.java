package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Segment;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads one hour of a host from its segments: those in the archive, which takes the one LIST there
 * is, and those that are still on their way there. For one thread.
 */
final class RawHour {
  private static final int MAX_OBJECTS = 10_000;

  /** One answer to a LIST; at one flush every five seconds there are fewer. */
  private static final int EXPECTED_OBJECTS = 1_000;

  /** A flush of a minute. */
  private static final int EXPECTED_BYTES = 16 << 10;

  private static final int READ_AT_ONCE = 32;

  private final ArchiveReader archive;
  private final Question question;
  private final HostName host;
  private final Piece.Raw piece;

  RawHour(ArchiveReader archive, Question question, HostName host, Piece.Raw piece) {
    this.archive = archive;
    this.question = question;
    this.host = host;
    this.piece = piece;
  }

  /** A segment, in the spool or in the archive. */
  private record Source(RawKey key, Optional<Segment> spooled) {}

  void read(Gathering into) throws IOException, InterruptedException {
    archive.rawHours().acquire();
    try {
      int expected = HourRows.expected(question.metrics());
      if (!archive.gather(expected, (most, last) -> gather(most, last, into))) {
        question.problem(RawKey.folder(host, piece.hour()), "holds more than is read of one hour");
      }
    } finally {
      archive.rawHours().release();
    }
  }

  private boolean gather(int most, boolean last, Gathering into)
      throws IOException, InterruptedException {
    Map<RawKey, Source> sources = new LinkedHashMap<>();
    addSpooled(sources);
    if (!addArchived(sources, last ? MAX_OBJECTS : EXPECTED_OBJECTS) && !last) {
      return false;
    }
    HourRows rows = new HourRows(piece.hour(), piece.from(), piece.to(), most);
    Window reading = new Window(archive, READ_AT_ONCE);
    if (piece.compactedToo()) {
      reading.add(() -> readCompacted(rows));
    }
    reading.add(needed(sources.values()).stream().map(source -> reading(source, rows)).toList());
    reading.await();
    if (!rows.full() || last) {
      into.add(rows);
    }
    return !rows.full();
  }

  private Window.Task reading(Source source, HourRows into) {
    return () -> read(source, into);
  }

  private void addSpooled(Map<RawKey, Source> sources) throws IOException {
    String folder = RawKey.folder(host, piece.hour());
    for (Segment segment :
        archive.spool().between(host, piece.hour(), piece.hour() + HourRows.SECONDS)) {
      RawKey key = new RawKey(segment.host(), segment.ts(), segment.run(), segment.seq());
      if (RawKey.folder(host, segment.ts()).equals(folder)) {
        sources.put(key, new Source(key, Optional.of(segment)));
      }
    }
  }

  /** Answers whether those are all. */
  private boolean addArchived(Map<RawKey, Source> sources, int most)
      throws IOException, InterruptedException {
    if (question.unreachable().isPresent()) {
      return true;
    }
    String folder = RawKey.folder(host, piece.hour());
    try {
      List<Archive.Listed> listed =
          archive.list(folder, most, name -> question.problem(name, "is not a segment; left out"));
      if (listed.size() == MAX_OBJECTS) {
        question.problem(folder, "holds more objects than are read of one hour; some are left out");
      }
      for (Archive.Listed object : listed) {
        RawKey.parse(object.key())
            .ifPresentOrElse(
                key -> sources.putIfAbsent(key, new Source(key, Optional.empty())),
                () -> question.problem(object.key(), "is not a segment; left out"));
      }
      return listed.size() < most;
    } catch (ArchiveException e) {
      question.failed(folder, e);
      return true;
    }
  }

  /** A flush of a run. */
  private record Flush(long run, long seq) {}

  /**
   * Without the segments that end before the range begins: those of which the run's next one begins
   * no later than the range, at the full minute, which is where segments are cut unless the clock
   * was stepped back.
   */
  private List<Source> needed(Collection<Source> sources) {
    Map<Flush, Long> before = new HashMap<>();
    for (Source source : sources) {
      RawKey key = source.key();
      if (key.ts() <= piece.from() && key.ts() % 60 == 0) {
        before.merge(new Flush(key.run(), key.seq()), key.ts(), Math::max);
      }
    }
    return sources.stream()
        .filter(source -> source.key().ts() < piece.to() && !isFollowed(source.key(), before))
        .toList();
  }

  private static boolean isFollowed(RawKey key, Map<Flush, Long> before) {
    Long next = before.get(new Flush(key.run(), key.seq() + 1));
    return next != null && next > key.ts();
  }

  private void readCompacted(HourRows rows) throws IOException, InterruptedException {
    String key = TierKey.of(Tier.SECONDS, host, piece.hour()).text();
    get(key, HostRead.expected(Tier.SECONDS), rows);
  }

  private void read(Source source, HourRows rows) throws IOException, InterruptedException {
    String key = source.key().text();
    if (source.spooled().isPresent()) {
      Optional<byte[]> bytes = archive.spooled(source.spooled().get());
      if (bytes.isPresent()) {
        add(key, bytes.get(), rows);
        return;
      }
    }
    get(key, EXPECTED_BYTES, rows);
  }

  private void get(String key, int expected, HourRows rows)
      throws IOException, InterruptedException {
    if (question.unreachable().isPresent()) {
      return;
    }
    try {
      archive.use(
          key,
          expected,
          object -> {
            if (object.isPresent()) {
              add(key, object.get(), rows);
            }
            return object.isPresent();
          });
    } catch (ArchiveException e) {
      question.failed(key, e);
    }
  }

  private void add(String key, byte[] object, HourRows rows)
      throws IOException, InterruptedException {
    try {
      archive.decode(
          question.metrics(),
          decoder -> {
            synchronized (rows) {
              decoder.rows().read(key, object, host, rows);
            }
            return rows;
          });
    } catch (ArchiveException e) {
      question.failed(key, e);
    }
  }
}
