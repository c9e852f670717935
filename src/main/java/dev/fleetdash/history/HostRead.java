package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RollupVisitor;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.HostRecords.Found;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Segment;
import java.io.IOException;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one host's part of a question from the archive and the spool, everything at once as far as
 * {@link ArchiveReader} lets it. An object that is corrupt, truncated, foreign or too large is
 * named among the problems, and what it should have held is looked for in the finer tiers.
 */
final class HostRead {
  private static final int DAY = 86_400;

  private static final int RECORDS_AT_ONCE = 8;

  /** So many days are looked through for a host that nobody knows. */
  private static final int DAYS_SEARCHED = 8;

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
    Map<LocalDate, Found> found = findAll(wanted);
    if (noRecord(found)) {
      // Whether the host keeps records at all.
      add(found, HostRecords.day(now));
    }
    return new Days(found, this::findNow);
  }

  /**
   * Whether there is any trace of a host of which those days have no record and of which the fleet
   * knows nothing: more of its records, or the summary of a year. Nothing is listed for it, and no
   * row looked for.
   */
  boolean anyTrace(Days days, long from, long to) throws IOException, InterruptedException {
    Map<LocalDate, Found> found = new LinkedHashMap<>(days.looked());
    LocalDate first = HostRecords.day(from);
    LocalDate last = HostRecords.day(to - 1);
    add(found, HostRecords.day(archive.now()).minusDays(1));
    add(found, first);
    add(found, last);
    if (first.plusDays(DAYS_SEARCHED).isAfter(last)) {
      for (LocalDate day = first; !day.isAfter(last) && nothing(found); day = day.plusDays(1)) {
        add(found, day);
      }
    } else {
      for (int year = first.getYear(); year <= last.getYear() && nothing(found); year++) {
        if (isSummedUp(year)) {
          return true;
        }
      }
    }
    return !nothing(found) || archive.holdings().withoutRecords();
  }

  private void add(Map<LocalDate, Found> found, LocalDate day) throws InterruptedException {
    if (!found.containsKey(day)) {
      found.put(day, find(day));
    }
  }

  private static boolean noRecord(Map<LocalDate, Found> found) {
    return found.values().stream().noneMatch(of -> of.record().isPresent());
  }

  /** No record, and none that cannot be read. */
  private static boolean nothing(Map<LocalDate, Found> found) {
    return found.values().stream().noneMatch(of -> of.etag().isPresent());
  }

  private boolean isSummedUp(int year) throws IOException, InterruptedException {
    TierKey key = TierKey.of(Tier.DAYS, host, LocalDate.of(year, 1, 1).toEpochDay() * DAY);
    try {
      return archive.use(key.text(), expected(Tier.DAYS), Optional::isPresent);
    } catch (ArchiveException e) {
      question.failed(key.text(), e);
      return true;
    }
  }

  private Map<LocalDate, Found> findAll(Set<LocalDate> days)
      throws IOException, InterruptedException {
    Map<LocalDate, Found> found = new LinkedHashMap<>();
    Window looking = new Window(archive, RECORDS_AT_ONCE);
    looking.add(
        days.stream()
            .map(day ->
                (Window.Task)
                    () -> {
                      Found record = find(day);
                      synchronized (found) {
                        found.put(day, record);
                      }
                    })
            .toList());
    looking.await();
    return found;
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

  /** Plans what is to be read of {@code [from, to)}. */
  Planner planner(long from, long to, Days days) throws IOException {
    return new Planner(host, tier, days, spooledHours(from, to), archive.now());
  }

  private Set<Long> spooledHours(long from, long to) throws IOException {
    Set<Long> hours = new HashSet<>();
    for (Segment segment : archive.spool().between(host, from, to)) {
      hours.add(segment.ts() - Math.floorMod(segment.ts(), (long) HourRows.SECONDS));
    }
    return hours;
  }

  /**
   * Gives the piece's rows to the gathering.
   *
   * @param end of the range
   * @return where else they may be
   * @throws IOException when something other than the archive fails
   */
  List<Piece> read(Piece piece, Planner planner, long end)
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
      boolean there = piece.key().tier() == Tier.SECONDS ? hour(piece) : rollups(piece);
      return there ? List.of() : planner.instead(piece, true, end);
    } catch (ArchiveException e) {
      question.failed(key, e);
      return e.kind() == ArchiveException.Kind.BAD_OBJECT
          ? planner.instead(piece, false, end)
          : List.of();
    }
  }

  /** Answers whether there is such an object, as {@link #rollups} does. */
  private boolean hour(Piece.Stored piece) throws IOException, InterruptedException {
    String key = piece.key().text();
    boolean[] there = {false};
    boolean all =
        archive.gather(
            HourRows.expected(question.metrics()),
            (most, last) -> {
              HourRows rows = new HourRows(piece.key().start(), piece.from(), piece.to(), most);
              there[0] =
                  archive.use(key, expected(Tier.SECONDS), object -> decode(key, object, rows));
              if (!rows.full() || last) {
                into.add(rows);
              }
              return !rows.full();
            });
    if (!all) {
      question.problem(key, "holds more than is read of one hour");
    }
    return there[0];
  }

  private boolean decode(String key, Optional<byte[]> object, HourRows rows)
      throws IOException, InterruptedException {
    if (object.isPresent()) {
      archive.decode(
          question.metrics(),
          decoder -> {
            decoder.rows().read(key, object.get(), host, rows);
            return rows;
          });
    }
    return object.isPresent();
  }

  private boolean rollups(Piece.Stored piece) throws IOException, InterruptedException {
    TierKey key = piece.key();
    return archive.use(key.text(), expected(key.tier()), object -> decode(piece, object));
  }

  private boolean decode(Piece.Stored piece, Optional<byte[]> object)
      throws IOException, InterruptedException {
    if (object.isPresent()) {
      archive.decode(question.metrics(), decoder -> decode(piece, object.get(), decoder.rollups()));
    }
    return object.isPresent();
  }

  private RollupColumns decode(Piece.Stored piece, byte[] object, RollupReader reader)
      throws ArchiveException {
    RollupColumns columns = new RollupColumns();
    reader.read(piece.key(), object, columns);
    if (columns.packed().full()) {
      // More than is remembered is not held at all.
      reader.read(piece.key(), object, rollupsOf(piece));
    } else {
      archive.cache().put(piece, question.metrics(), columns);
      pour(piece, columns);
    }
    return columns;
  }

  private void pour(Piece.Stored piece, RollupColumns columns) {
    columns.play(rollupsOf(piece));
  }

  private RollupVisitor rollupsOf(Piece.Stored piece) {
    return into.rollups(piece.key().tier(), piece.from(), piece.to());
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
