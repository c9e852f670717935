package dev.fleetdash.fleet;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;

/** What the archive still says of a host that is silent: its newest objects, read whole. */
final class Traces {
  private static final Logger log = LoggerFactory.getLogger(Traces.class);

  private static final int HOUR = 3_600;
  private static final int MOST_HOURS = 26;
  private static final int MOST_OBJECTS = 10_000;

  /** An hour's rows of a large host have one. */
  private static final int MAX_OBJECT_BYTES = 4 << 20;

  /** Of objects that are held at once, whoever looks for traces. */
  private static final int ROOM_KIB = 8 << 10;

  private static final int MAX_UNPACKED_BYTES = 64 << 20;

  /** The second newest has what the newest, if it is short, has not: top processes. */
  private static final int READ = 2;

  /** From the last row of an object until the next object can be there, at the default flush. */
  private static final int SLACK_SECONDS = 30;

  private static final int SHORTEST_FLUSH = 60;

  private final Archive archive;
  private final Semaphore room = new Semaphore(ROOM_KIB, true);

  Traces(Archive archive) {
    this.archive = archive;
  }

  /**
   * The end of what is archived of a host.
   *
   * @param coming whether more is to be expected: the newest object is no older than the time
   *     between its objects allows
   */
  record Trace(Latest latest, boolean coming) {
    long ts() {
      return latest.row().ts();
    }
  }

  /**
   * Looks for the newest objects.
   *
   * @param from where to stop looking
   * @param to where to begin, backwards
   */
  Optional<Trace> find(HostName host, long from, long to, long now)
      throws IOException, InterruptedException {
    long first = Math.max(from, to - MOST_HOURS * HOUR) / HOUR * HOUR;
    List<Segment> newest = new ArrayList<>();
    for (long hour = to / HOUR * HOUR; hour >= first && newest.size() < READ; hour -= HOUR) {
      newest.addAll(0, segments(host, hour));
    }
    List<Segment> wanted = newest.subList(Math.max(0, newest.size() - READ), newest.size());
    Seen seen = null;
    for (Segment segment : wanted) {
      seen = read(segment.object(), segment.key().host(), seen);
    }
    return seen == null
        ? Optional.empty()
        : Optional.of(
            new Trace(seen, coming(wanted.stream().map(Segment::key).toList(), seen, now)));
  }

  private record Segment(RawKey key, Archive.Listed object) {}

  private List<Segment> segments(HostName host, long hour) throws IOException {
    List<Segment> all =
        archive.list(RawKey.folder(host, hour), MOST_OBJECTS).stream()
            .flatMap(
                object -> RawKey.parse(object.key()).map(key -> new Segment(key, object)).stream())
            .sorted(
                Comparator.comparingLong((Segment one) -> one.key().ts())
                    .thenComparingLong(one -> one.key().run()))
            .toList();
    return List.copyOf(all.subList(Math.max(0, all.size() - READ), all.size()));
  }

  private static boolean coming(List<RawKey> segments, Latest seen, long now) {
    RawKey last = segments.getLast();
    long flush = Math.max(SHORTEST_FLUSH, seen.row().ts() + 1 - last.ts());
    if (segments.size() > 1 && segments.getFirst().run() == last.run()) {
      flush = Math.max(flush, last.ts() - segments.getFirst().ts());
    }
    // It lasts that long, is put up to so much later, and the next one is due as long after that.
    return now - last.ts() <= 3 * flush + SLACK_SECONDS;
  }

  /** The end of a compacted hour; empty where there is none, or none that can be read. */
  Optional<Latest> compacted(TierKey hour) throws IOException, InterruptedException {
    for (Archive.Listed object : archive.list(hour.text(), 1)) {
      if (object.key().equals(hour.text())) {
        return Optional.ofNullable(read(object, hour.host(), null));
      }
    }
    return Optional.empty();
  }

  private @Nullable Seen read(Archive.Listed listed, HostName host, @Nullable Seen before)
      throws IOException, InterruptedException {
    // Of another size when it is read only where it has been written again meanwhile.
    int kib = Math.clamp(listed.size() / 1024 + 1, 64, ROOM_KIB);
    room.acquire(kib);
    try {
      Optional<Archive.Content> object = archive.get(listed.key(), MAX_OBJECT_BYTES);
      return object.isEmpty() ? before : read(listed.key(), object.get().bytes(), host, before);
    } finally {
      room.release(kib);
    }
  }

  private static @Nullable Seen read(
      String key, byte[] object, HostName host, @Nullable Seen before) {
    Seen seen = before;
    try (InputStream in =
            new BoundedInput(
                new GZIPInputStream(new ByteArrayInputStream(object)), MAX_UNPACKED_BYTES);
        JsonParser json = RowParser.open(in)) {
      while (json.nextToken() != null) {
        Row row = RowParser.read(json, host);
        seen = seen == null ? Seen.of(row) : seen.with(row);
      }
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      log.warn("object cannot be read key={} reason=\"{}\"", key, e.getMessage());
    }
    return seen;
  }

  /** Ends with an error where more comes than was agreed. */
  private static final class BoundedInput extends java.io.FilterInputStream {
    private long left;

    BoundedInput(InputStream in, long most) {
      super(in);
      this.left = most;
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      count(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = super.read(into, offset, length);
      count(n);
      return n;
    }

    private void count(int n) throws IOException {
      left -= Math.max(n, 0);
      if (left < 0) {
        throw new IOException("it unpacks to more than is read");
      }
    }
  }
}
