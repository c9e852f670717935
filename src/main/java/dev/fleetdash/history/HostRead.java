package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.HostRecords.Found;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Segment;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Reads one host's part of a question from the archive and the spool, everything at once as far as
 * {@link ArchiveReader} lets it. An object that is corrupt, truncated, foreign or too large is
 * named among the problems, and what it should have held is looked for in the finer tiers.
 */
final class HostRead {
  private static final int DAY = 86_400;

  /** There may be a record, but nobody knows. */
  private static final Found UNREADABLE = new Found(Optional.empty(), Optional.of(""));

  private final ArchiveReader archive;
  private final Question question;
  private final HostName host;
  private final Tier tier;
  private final Gathering into;

  /**
   * @param tier the coarsest whose rows fit into the buckets
   */
  HostRead(ArchiveReader archive, Question question, HostName host, Tier tier, Gathering into) {
    this.archive = archive;
    this.question = question;
    this.host = host;
    this.tier = tier;
    this.into = into;
  }

  /**
   * What the records say of the host.
   *
   * @param all whether all days of the range are wanted, and not only those that are needed
   */
  Days days(long from, long to, boolean all) throws IOException, InterruptedException {
    long now = archive.now();
    Set<LocalDate> wanted = new HashSet<>();
    long open = all ? Long.MIN_VALUE : Planner.open(tier, now);
    for (long day = Math.max(from - Math.floorMod(from, DAY), open); day < to; day += DAY) {
      wanted.add(HostRecords.day(day));
    }
    if (wanted.isEmpty()) {
      wanted.add(HostRecords.day(now));
    }
    Map<LocalDate, Future<Found>> asked = new LinkedHashMap<>();
    wanted.forEach(day -> asked.put(day, archive.submit(() -> find(day))));
    Map<LocalDate, Found> found = new LinkedHashMap<>();
    for (Map.Entry<LocalDate, Future<Found>> day : asked.entrySet()) {
      found.put(day.getKey(), await(day.getValue()));
    }
    return new Days(found, this::findNow);
  }

  private Found findNow(LocalDate day) {
    try {
      return find(day);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return UNREADABLE;
    }
  }

  private Found find(LocalDate day) throws InterruptedException {
    String key = HostRecords.key(day, host);
    if (question.unreachable().isPresent()) {
      return UNREADABLE;
    }
    try {
      Found found = archive.request(() -> archive.records().find(day, host));
      if (found.record().isEmpty() && found.etag().isPresent()) {
        question.problem(key, "is not a host record");
      }
      return found;
    } catch (ArchiveException e) {
      question.failed(key, e);
    } catch (IOException e) {
      question.problem(key, String.valueOf(e.getMessage()));
    }
    return UNREADABLE;
  }

  /**
   * Gives the host's rows of {@code [from, to)} to the gathering.
   *
   * @throws IOException when something other than the archive fails
   */
  void read(long from, long to, Days days) throws IOException, InterruptedException {
    Planner planner = new Planner(host, tier, days, spooledHours(from, to), archive.now());
    List<Piece> pieces = planner.plan(from, to);
    while (!pieces.isEmpty()) {
      List<Future<List<Piece>>> reading = new ArrayList<>();
      for (Piece piece : pieces) {
        reading.add(archive.submit(() -> read(piece, planner, to)));
      }
      List<Piece> instead = new ArrayList<>();
      for (Future<List<Piece>> piece : reading) {
        instead.addAll(await(piece));
      }
      pieces = instead;
    }
  }

  private Set<Long> spooledHours(long from, long to) throws IOException {
    Set<Long> hours = new HashSet<>();
    for (Segment segment : archive.spool().between(host, from, to)) {
      hours.add(segment.ts() - Math.floorMod(segment.ts(), (long) HourRows.SECONDS));
    }
    return hours;
  }

  static <T> T await(Future<T> task) throws IOException, InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof InterruptedException cause) {
        throw cause;
      }
      throw new IOException("cannot read history", e);
    }
  }

  /** Answers where else the rows may be. */
  private List<Piece> read(Piece piece, Planner planner, long end)
      throws IOException, InterruptedException {
    return switch (piece) {
      case Piece.Stored stored -> read(stored, planner, end);
      case Piece.Raw raw -> {
        new RawHour(archive, question, host, raw).read(into);
        yield List.of();
      }
    };
  }

  private List<Piece> read(Piece.Stored piece, Planner planner, long end)
      throws IOException, InterruptedException {
    Optional<RollupColumns> cached = archive.cache().get(piece, question.metrics());
    if (cached.isPresent()) {
      pour(piece, cached.get());
      return List.of();
    }
    if (question.unreachable().isPresent()) {
      return List.of();
    }
    String key = piece.key().text();
    try {
      boolean there =
          archive.use(key, expected(piece.key().tier()), object -> decode(piece, object));
      return there ? List.of() : planner.instead(piece, true, end);
    } catch (ArchiveException e) {
      question.failed(key, e);
      return e.kind() == ArchiveException.Kind.BAD_OBJECT
          ? planner.instead(piece, false, end)
          : List.of();
    }
  }

  private boolean decode(Piece.Stored piece, Optional<byte[]> object)
      throws IOException, InterruptedException {
    if (object.isEmpty()) {
      return false;
    }
    return archive.decode(() -> {
      Question.Decoder decoder = question.borrow();
      if (piece.key().tier() == Tier.SECONDS) {
        HourRows hour = new HourRows(piece.key().start());
        decoder.rows().read(piece.key().text(), object.get(), host, hour);
        into.add(hour, piece.from(), piece.to());
      } else {
        RollupColumns columns = new RollupColumns();
        decoder.rollups().read(piece.key(), object.get(), columns);
        archive.cache().put(piece, question.metrics(), columns.packed());
        pour(piece, columns);
      }
      question.giveBack(decoder);
      return true;
    });
  }

  private void pour(Piece.Stored piece, RollupColumns columns) {
    columns.play(into.rollups(piece.key().tier(), piece.from(), piece.to()));
  }

  /** Roughly how large an object is, packed. */
  static int expected(Tier tier) {
    return switch (tier) {
      case SECONDS, DAYS -> 512 << 10;
      case HOURS -> 768 << 10;
      case MINUTES -> 1_536 << 10;
    };
  }
}
