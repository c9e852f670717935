package dev.fleetdash.archive;

import dev.fleetdash.archive.Archive.Content;
import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes from a directory archive what has outlived its age, as lifecycle rules do in a bucket:
 * whole days, months and years of a tier, and of raw those hours of a host whose every row is in
 * the compacted hour. Host records stay as long as the days that they explain. Raw rows that are
 * nowhere else stay, however old. Foreign files are left alone.
 *
 * <p>For one thread.
 */
public final class Retention {
  private static final Logger log = LoggerFactory.getLogger(Retention.class);
  private static final Duration PERIOD = Duration.ofDays(1);
  private static final int HOUR = 3600;
  private static final int MAX_OBJECT_BYTES = 8 << 20;
  private static final Pattern DERIVED =
      Pattern.compile("(hour=\\d\\d/)?host=([^/]+)/data\\.ndjson\\.gz");
  private static final Pattern RECORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\.json");

  /** How long a row is kept, by tier. */
  public record Ages(
      Duration raw, Duration seconds, Duration minutes, Duration hours, Duration days) {
    public Ages {
      if (raw.compareTo(seconds) > 0) {
        throw new IllegalArgumentException(
            "FLEETDASH_RETAIN_RAW is longer than FLEETDASH_RETAIN_1S, but raw rows go only while"
                + " their compacted hour is there");
      }
    }
  }

  private final DirectoryArchive archive;
  private final Ages ages;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Counter deleted;
  private final RowReader times = new RowReader(Set.of(), RowReader.DEFAULT_MAX_BYTES);
  private @Nullable Long applied;

  /**
   * @param clock the archive's, once it was asked: what other hosts have put is not deleted by the
   *     clock of this one
   * @param nanoTime as {@link System#nanoTime}
   */
  public Retention(
      DirectoryArchive archive,
      Ages ages,
      InstantSource clock,
      LongSupplier nanoTime,
      Telemetry telemetry) {
    this.archive = archive;
    this.ages = ages;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.deleted =
        telemetry.counter(
            "archive_objects_expired",
            "Objects deleted from the directory archive because of their age");
  }

  /** Applies the ages if that was not done in the last day; cheap otherwise. */
  public void applyIfDue() throws IOException {
    long now = nanoTime.getAsLong();
    Long last = applied;
    if (last == null || now - last >= PERIOD.toNanos()) {
      apply();
      applied = now;
    }
  }

  private interface End {
    Instant of(String value);
  }

  private void apply() throws IOException {
    if (archive.folders("v1/").isEmpty()) {
      return;
    }
    archive.askTime();
    Instant now = clock.instant();
    long before = deleted.count();
    // Raw first: it is compared with the seconds that may go next.
    expireRaw(now.minus(ages.raw()));
    expire("v1/1s/", "dt=", DERIVED, Retention::endOfDay, now.minus(ages.seconds()));
    expire("v1/1m/", "dt=", DERIVED, Retention::endOfDay, now.minus(ages.minutes()));
    expire("v1/1h/", "month=", DERIVED, Retention::endOfMonth, now.minus(ages.hours()));
    expire("v1/1d/", "year=", DERIVED, Retention::endOfYear, now.minus(ages.days()));
    expire("v1/hosts/", "dt=", RECORD, Retention::endOfDay, now.minus(ages.days()));
    long gone = deleted.count() - before;
    if (gone > 0) {
      log.info("expired objects={} archive={}", gone, archive.location());
    }
  }

  private void expire(String tier, String name, Pattern ours, End end, Instant before)
      throws IOException {
    for (String partition : partitions(tier, name, end, before)) {
      String folder = tier + partition + "/";
      Listing objects = new Listing(archive, folder, _ -> {});
      for (Optional<Listed> next = objects.next(); next.isPresent(); next = objects.next()) {
        String key = next.get().key();
        if (ours.matcher(key.substring(folder.length())).matches()) {
          delete(key);
        }
      }
    }
  }

  private void expireRaw(Instant before) throws IOException {
    for (String day : partitions("v1/raw/", "dt=", Retention::startOfDay, before)) {
      for (String hour : archive.folders("v1/raw/" + day + "/")) {
        Optional<Instant> start = startOfHour(day, hour);
        if (start.isPresent() && !start.get().plusSeconds(HOUR).isAfter(before)) {
          expireRawHour(day + "/" + hour + "/", start.get().getEpochSecond());
        }
      }
    }
  }

  private void expireRawHour(String hour, long start) throws IOException {
    for (String folder : archive.folders("v1/raw/" + hour)) {
      Optional<HostName> host =
          folder.startsWith("host=")
              ? HostName.parse(folder.substring("host=".length()))
              : Optional.empty();
      if (host.isPresent()) {
        expireRawHour(hour + folder + "/", host.get(), start);
      }
    }
  }

  private void expireRawHour(String folder, HostName host, long start) throws IOException {
    BitSet kept = new BitSet(HOUR);
    if (!mark("v1/1s/" + folder + "data.ndjson.gz", host, start, kept)) {
      return;
    }
    Listing raw = new Listing(archive, "v1/raw/" + folder, _ -> {});
    for (Optional<RawKey> key = next(raw); key.isPresent(); key = next(raw)) {
      if (!within(key.get(), start, kept)) {
        return;
      }
    }
    // Once more: what has come meanwhile is to be looked at too.
    raw.restart("");
    for (Optional<RawKey> key = next(raw); key.isPresent(); key = next(raw)) {
      if (within(key.get(), start, kept)) {
        delete(key.get().text());
      }
    }
  }

  private static Optional<RawKey> next(Listing raw) throws IOException {
    for (Optional<Listed> next = raw.next(); next.isPresent(); next = raw.next()) {
      Optional<RawKey> key = RawKey.parse(next.get().key());
      if (key.isPresent()) {
        return key;
      }
    }
    return Optional.empty();
  }

  /** Whether all rows of a segment are known to be kept. */
  private boolean within(RawKey key, long start, BitSet kept) throws IOException {
    BitSet held = new BitSet(HOUR);
    if (!mark(key.text(), key.host(), start, held)) {
      return false;
    }
    held.andNot(kept);
    return held.isEmpty();
  }

  /** Marks the seconds that the object has rows for; false where that cannot be told. */
  private boolean mark(String key, HostName host, long start, BitSet seconds) throws IOException {
    BitSet rows = new BitSet(HOUR);
    boolean[] within = {true};
    try {
      Optional<Content> object = archive.get(key, MAX_OBJECT_BYTES);
      if (object.isEmpty()) {
        return false;
      }
      times.read(
          key,
          object.get().bytes(),
          host,
          (ts, _, _) -> {
            if (ts >= start && ts < start + HOUR) {
              rows.set((int) (ts - start));
            } else {
              within[0] = false;
            }
          });
    } catch (ArchiveException e) {
      if (e.kind() != ArchiveException.Kind.BAD_OBJECT) {
        throw e;
      }
      return false;
    }
    seconds.or(rows);
    return within[0];
  }

  private void delete(String key) throws IOException {
    archive.delete(key);
    deleted.increment();
  }

  private List<String> partitions(String tier, String name, End end, Instant before)
      throws IOException {
    return archive.folders(tier).stream()
        .filter(folder -> folder.startsWith(name))
        .filter(folder -> isOver(folder.substring(name.length()), end, before))
        .toList();
  }

  private static boolean isOver(String value, End end, Instant before) {
    try {
      return !end.of(value).isAfter(before);
    } catch (DateTimeException _) {
      return false;
    }
  }

  private static Instant startOfDay(String day) {
    return LocalDate.parse(day).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static Instant endOfDay(String day) {
    return LocalDate.parse(day).plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static Instant endOfMonth(String month) {
    return YearMonth.parse(month).plusMonths(1).atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static Instant endOfYear(String year) {
    return endOfMonth(year + "-12");
  }

  private static Optional<Instant> startOfHour(String day, String hour) {
    try {
      return Optional.of(
          Instant.parse(
              day.substring("dt=".length()) + "T" + hour.substring("hour=".length()) + ":00:00Z"));
    } catch (DateTimeException | IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }
}
