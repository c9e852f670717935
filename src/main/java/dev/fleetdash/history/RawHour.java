package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Segment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Reads one hour of a host from its segments: those in the archive, which takes the one LIST there
 * is, and those that are still on their way there. For one thread.
 */
final class RawHour {
  private static final int MAX_OBJECTS = 10_000;

  /** A flush of a minute. */
  private static final int EXPECTED_BYTES = 16 << 10;

  private final ArchiveReader archive;
  private final Question question;
  private final HostName host;
  private final Piece.Raw piece;
  private final HourRows rows;

  RawHour(ArchiveReader archive, Question question, HostName host, Piece.Raw piece) {
    this.archive = archive;
    this.question = question;
    this.host = host;
    this.piece = piece;
    this.rows = new HourRows(piece.hour());
  }

  /** A segment, in the spool or in the archive. */
  private record Source(RawKey key, Optional<Segment> spooled) {}

  void read(Gathering into) throws IOException, InterruptedException {
    archive.rawHours().acquire();
    try {
      List<Future<?>> reading = new ArrayList<>();
      if (piece.compactedToo()) {
        reading.add(archive.submit(this::readCompacted));
      }
      Map<String, Source> sources = new TreeMap<>();
      addSpooled(sources);
      addArchived(sources);
      for (Source source : needed(List.copyOf(sources.values()))) {
        reading.add(archive.submit(() -> read(source)));
      }
      for (Future<?> object : reading) {
        await(object);
      }
      if (rows.full()) {
        question.problem(RawKey.folder(host, piece.hour()), "holds more than is read of one hour");
      }
      into.add(rows, piece.from(), piece.to());
    } finally {
      archive.rawHours().release();
    }
  }

  private static void await(Future<?> task) throws IOException, InterruptedException {
    try {
      var _ = task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause
          ? cause
          : new IOException("cannot read history", e);
    }
  }

  private void addSpooled(Map<String, Source> sources) throws IOException {
    String folder = RawKey.folder(host, piece.hour());
    for (Segment segment :
        archive.spool().between(host, piece.hour(), piece.hour() + HourRows.SECONDS)) {
      RawKey key = new RawKey(segment.host(), segment.ts(), segment.run(), segment.seq());
      if (RawKey.folder(host, segment.ts()).equals(folder)) {
        sources.put(key.text(), new Source(key, Optional.of(segment)));
      }
    }
  }

  private void addArchived(Map<String, Source> sources) throws IOException, InterruptedException {
    if (question.unreachable().isPresent()) {
      return;
    }
    String folder = RawKey.folder(host, piece.hour());
    try {
      List<Archive.Listed> listed =
          archive.list(
              folder, MAX_OBJECTS, name -> question.problem(name, "is not a segment; left out"));
      if (listed.size() == MAX_OBJECTS) {
        question.problem(folder, "holds more objects than are read of one hour; some are left out");
      }
      for (Archive.Listed object : listed) {
        RawKey.parse(object.key())
            .ifPresentOrElse(
                key -> sources.putIfAbsent(object.key(), new Source(key, Optional.empty())),
                () -> question.problem(object.key(), "is not a segment; left out"));
      }
    } catch (ArchiveException e) {
      question.failed(folder, e);
    }
  }

  /**
   * Without the segments that end before the range begins: those of which the run's next one begins
   * no later than the range, at the full minute, which is where segments are cut unless the clock
   * was stepped back.
   */
  private List<Source> needed(List<Source> sources) {
    return sources.stream()
        .filter(source ->
            source.key().ts() < piece.to()
                && sources.stream().noneMatch(next -> follows(source.key(), next.key())))
        .toList();
  }

  private boolean follows(RawKey key, RawKey next) {
    return next.run() == key.run()
        && next.seq() == key.seq() + 1
        && next.ts() > key.ts()
        && next.ts() <= piece.from()
        && next.ts() % 60 == 0;
  }

  private Optional<Boolean> readCompacted() throws IOException, InterruptedException {
    String key = TierKey.of(Tier.SECONDS, host, piece.hour()).text();
    return get(key, HostRead.expected(Tier.SECONDS));
  }

  private Optional<Boolean> read(Source source) throws IOException, InterruptedException {
    String key = source.key().text();
    if (source.spooled().isPresent()) {
      Optional<byte[]> bytes = archive.spooled(source.spooled().get());
      if (bytes.isPresent()) {
        return add(key, bytes);
      }
    }
    return get(key, EXPECTED_BYTES);
  }

  private Optional<Boolean> get(String key, int expected) throws IOException, InterruptedException {
    if (question.unreachable().isPresent()) {
      return Optional.empty();
    }
    try {
      return archive.use(key, expected, object -> add(key, object));
    } catch (ArchiveException e) {
      question.failed(key, e);
      return Optional.empty();
    }
  }

  private Optional<Boolean> add(String key, Optional<byte[]> object)
      throws IOException, InterruptedException {
    if (object.isEmpty()) {
      return Optional.of(false);
    }
    try {
      return archive.decode(() -> {
        Question.Decoder decoder = question.borrow();
        synchronized (rows) {
          decoder.rows().read(key, object.get(), host, rows);
        }
        question.giveBack(decoder);
        return Optional.of(true);
      });
    } catch (ArchiveException e) {
      question.failed(key, e);
      return Optional.empty();
    }
  }
}
