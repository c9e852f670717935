package dev.fleetdash.hosts;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records in an archive. A record that cannot be read counts as none. For several threads. */
public final class HostRecords {
  private static final Logger log = LoggerFactory.getLogger(HostRecords.class);

  private static final int MAX_BYTES = 1 << 20;
  private static final String SUFFIX = ".json";

  /** Stands for the etag of an object that is too large to be a record; any record replaces it. */
  private static final String UNREAD = "";

  static final int ATTEMPTS = 5;

  /** An hour's, flushed each second, of a few runs. */
  private static final int MOST_SEGMENTS = 10_000;

  private static final Duration CLOCKS_APART = Duration.ofMinutes(10);

  /** A record is renewed hourly, or some minutes later. */
  private static final Duration RENEWED_AGAIN = Duration.ofMinutes(80);

  private static final int HOUR = 3_600;

  private final Archive archive;

  public HostRecords(Archive archive) {
    this.archive = archive;
  }

  /**
   * What there is under a record's key.
   *
   * @param record empty where the object is not a record
   * @param etag empty where there is no object
   */
  public record Found(Optional<HostRecord> record, Optional<String> etag) {}

  /** See {@link Archive#askTime}. */
  public void askTime() throws IOException {
    archive.askTime();
  }

  /** Whether of two machines that write a record at once one is told. */
  boolean canBeClaimed() {
    return archive.keepsConditions();
  }

  /** {@code v1/hosts/dt=2026-11-23/i-0abc.json}. */
  public static String key(LocalDate day, HostName host) {
    return folder(day) + host + SUFFIX;
  }

  private static String folder(LocalDate day) {
    return "v1/hosts/dt=" + day + "/";
  }

  /** The UTC day of an epoch second. */
  public static LocalDate day(long ts) {
    return LocalDate.ofEpochDay(Math.floorDiv(ts, 86_400L));
  }

  /** The record of that host and day. */
  public Found find(LocalDate day, HostName host) throws IOException {
    String key = key(day, host);
    Optional<Archive.Content> content;
    try {
      content = archive.get(key, MAX_BYTES);
    } catch (ArchiveException e) {
      if (e.kind() != ArchiveException.Kind.BAD_OBJECT) {
        throw e;
      }
      log.warn("host record cannot be read key={} reason=\"{}\"", key, e.getMessage());
      return new Found(Optional.empty(), Optional.of(UNREAD));
    }
    if (content.isEmpty()) {
      return new Found(Optional.empty(), Optional.empty());
    }
    Optional<String> etag = Optional.of(content.get().etag());
    try {
      return new Found(Optional.of(HostRecordJson.read(host, content.get().bytes())), etag);
    } catch (IllegalArgumentException | DateTimeException e) {
      log.warn("host record cannot be read key={} reason=\"{}\"", key, e.getMessage());
      return new Found(Optional.empty(), etag);
    }
  }

  /** Writes the record in the place of what was found; false where that has changed meanwhile. */
  public boolean replace(LocalDate day, Found found, HostRecord record) throws IOException {
    String key = key(day, record.host());
    byte[] bytes = HostRecordJson.write(record);
    if (found.etag().equals(Optional.of(UNREAD))) {
      archive.put(key, bytes);
      return true;
    }
    return found.etag().isPresent()
        ? archive.putIfMatch(key, bytes, found.etag().get())
        : archive.putIfAbsent(key, bytes);
  }

  /** Closes the record of that host and day, if there is one; see {@link HostRecord#closedAs}. */
  public void close(LocalDate day, HostName host, UnaryOperator<HostRecord> how)
      throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Found found = find(day, host);
      if (found.record().isEmpty()
          || found.record().get().closed()
          || replace(day, found, how.apply(found.record().get()))) {
        return;
      }
    }
    throw contended(host);
  }

  /**
   * Opens the record of that host and day again, if there is one, because an hour of it gets rows.
   *
   * @param hour its first second
   */
  void open(LocalDate day, HostName host, long hour) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Found found = find(day, host);
      if (found.record().filter(of -> of.closed() || of.compacted() > hour).isEmpty()
          || replace(day, found, found.record().get().openedFrom(hour))) {
        return;
      }
    }
    throw contended(host);
  }

  static ArchiveException contended(HostName host) {
    return new ArchiveException(
        ArchiveException.Kind.UNREACHABLE,
        "others keep writing the record of host " + host + "; it is tried again");
  }

  /** The newest day of which there are records. */
  public Optional<LocalDate> lastDay() throws IOException {
    return archive.folders("v1/hosts/").stream()
        .filter(folder -> folder.startsWith("dt="))
        .flatMap(folder -> dayIn(folder).stream())
        .max(Comparator.naturalOrder());
  }

  private static Optional<LocalDate> dayIn(String folder) {
    try {
      return Optional.of(LocalDate.parse(folder.substring("dt=".length())));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  /** The hosts that have a record of that day, the first of them by name. */
  public List<HostName> hosts(LocalDate day, int most) throws IOException {
    return List.copyOf(listed(day, most).keySet());
  }

  /**
   * A record that there is.
   *
   * @param bytes its size
   * @param version another one when it has changed
   */
  public record Listed(long bytes, String version) {}

  /** The hosts that have a record of that day, the first of them by name. */
  public SequencedMap<HostName, Listed> listed(LocalDate day, int most) throws IOException {
    String folder = folder(day);
    SequencedMap<HostName, Listed> hosts = new LinkedHashMap<>();
    for (Archive.Listed object : archive.list(folder, most)) {
      String name = object.key().substring(folder.length());
      if (name.endsWith(SUFFIX)) {
        HostName.parse(name.substring(0, name.length() - SUFFIX.length()))
            .ifPresent(host -> hosts.put(host, new Listed(object.size(), object.version())));
      }
    }
    return hosts;
  }

  /**
   * The highest number of the segments that whoever wrote the record has put of late; -1 where
   * there is none. Its clock need not be this one's: it is known as of the record.
   *
   * @param now the archive's time, epoch seconds
   * @param back how old a segment may be
   */
  long newestSeq(HostRecord of, long now, Duration back) throws IOException {
    SortedSet<Long> hours = new TreeSet<>();
    addHours(hours, now - back.plus(CLOCKS_APART).toSeconds(), now + CLOCKS_APART.toSeconds());
    addHours(hours, of.known(), of.known() + RENEWED_AGAIN.toSeconds());
    long newest = -1;
    for (long hour : hours) {
      for (Archive.Listed object : archive.list(RawKey.folder(of.host(), hour), MOST_SEGMENTS)) {
        long seq =
            RawKey.parse(object.key())
                .filter(key -> key.run() == of.run())
                .map(RawKey::seq)
                .orElse(-1L);
        newest = Math.max(newest, seq);
      }
    }
    return newest;
  }

  private static void addHours(SortedSet<Long> hours, long from, long to) {
    for (long hour = from - Math.floorMod(from, HOUR); hour <= to; hour += HOUR) {
      hours.add(hour);
    }
  }
}
