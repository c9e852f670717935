package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Segment;
import dev.fleetdash.spool.Spool;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Reads the raw tier: the segments of a host in the archive, and those that are still on their way
 * there. Safe for use by several threads.
 */
public final class RawReader implements AutoCloseable {
  /** One segment is an hour of rows at most. */
  private static final int MAX_OBJECT_BYTES = 16 << 20;

  private static final int MAX_OBJECTS_AN_HOUR = 10_000;

  /**
   * Requests under way at once, for all queries together: enough to hide the latency of a bucket,
   * little enough in memory.
   */
  private static final int CONCURRENT_READS = 16;

  private final Archive archive;
  private final Spool spool;
  private final Semaphore reads = new Semaphore(CONCURRENT_READS);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  public RawReader(Archive archive, Spool spool) {
    this.archive = archive;
    this.spool = spool;
  }

  /**
   * Gives one host's rows of {@code [from, to)} to the buckets. An object that is corrupt,
   * truncated, foreign or too large is skipped and named among the problems.
   *
   * @return why the archive could not be asked, where it could not; what was in the spool was given
   *     all the same
   */
  Optional<ArchiveException> read(
      RangeQuery query, long from, long to, Buckets into, Runs runs, List<Range.Problem> problems)
      throws IOException, InterruptedException {
    Read read = new Read(query, from, to, problems);
    for (long hour = Math.floorDiv(from, HourRows.SECONDS) * HourRows.SECONDS;
        hour < to;
        hour += HourRows.SECONDS) {
      read.hour(hour).pour(from, to, into, runs);
    }
    return Optional.ofNullable(read.unreachable);
  }

  String location() {
    return archive.location();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private Optional<byte[]> fetch(Source source) throws IOException, InterruptedException {
    reads.acquire();
    try {
      if (source.spooled().isPresent()) {
        Optional<byte[]> bytes = spool.read(source.spooled().get());
        if (bytes.isPresent()) {
          return bytes;
        }
      }
      return archive.get(source.key().text(), MAX_OBJECT_BYTES).map(Archive.Content::bytes);
    } finally {
      reads.release();
    }
  }

  /** A segment, in the spool or in the archive. */
  private record Source(RawKey key, Optional<Segment> spooled) {}

  private record Fetching(Source source, Future<Optional<byte[]>> bytes) {}

  /** One host and one range. Once the archive did not answer it is not asked for anything more. */
  private final class Read {
    private final HostName host;
    private final SegmentRows segments;
    private final long from;
    private final long to;
    private final List<Range.Problem> problems;
    private @Nullable ArchiveException unreachable;

    Read(RangeQuery query, long from, long to, List<Range.Problem> problems) {
      this.host = query.hosts().getFirst();
      this.segments = new SegmentRows(query);
      this.from = from;
      this.to = to;
      this.problems = problems;
    }

    HourRows hour(long hour) throws IOException, InterruptedException {
      Map<String, Source> sources = new TreeMap<>();
      addSpooled(hour, sources);
      addArchived(hour, sources);
      List<Fetching> fetching =
          needed(List.copyOf(sources.values())).stream()
              .map(source -> new Fetching(source, threads.submit(() -> fetch(source))))
              .toList();
      HourRows rows = new HourRows(hour);
      for (Fetching object : fetching) {
        add(object, rows);
      }
      return rows;
    }

    private void addSpooled(long hour, Map<String, Source> sources) throws IOException {
      for (Segment segment : spool.between(host, hour, Math.min(to, hour + HourRows.SECONDS))) {
        RawKey key = new RawKey(segment.host(), segment.ts(), segment.run(), segment.seq());
        if (RawKey.folder(host, hour).equals(RawKey.folder(host, segment.ts()))) {
          sources.put(key.text(), new Source(key, Optional.of(segment)));
        }
      }
    }

    private void addArchived(long hour, Map<String, Source> sources) throws IOException {
      if (unreachable != null) {
        return;
      }
      String folder = RawKey.folder(host, hour);
      try {
        List<Archive.Listed> listed = archive.list(folder, MAX_OBJECTS_AN_HOUR);
        if (listed.size() == MAX_OBJECTS_AN_HOUR) {
          problems.add(
              new Range.Problem(
                  folder, "holds more objects than are read of one hour; some are left out"));
        }
        for (Archive.Listed object : listed) {
          RawKey.parse(object.key())
              .ifPresentOrElse(
                  key -> sources.putIfAbsent(object.key(), new Source(key, Optional.empty())),
                  () ->
                      problems.add(new Range.Problem(object.key(), "is not a segment; left out")));
        }
      } catch (ArchiveException e) {
        unreachable = e;
      }
    }

    /**
     * Without the segments that end before the range begins: those of which the run's next one
     * begins no later than the range, at the full minute, which is where segments are cut unless
     * the clock was stepped back.
     */
    private List<Source> needed(List<Source> sources) {
      return sources.stream()
          .filter(source ->
              source.key().ts() < to
                  && sources.stream().noneMatch(next -> follows(source.key(), next.key())))
          .toList();
    }

    private boolean follows(RawKey key, RawKey next) {
      return next.run() == key.run()
          && next.seq() == key.seq() + 1
          && next.ts() > key.ts()
          && next.ts() <= from
          && next.ts() % 60 == 0;
    }

    private void add(Fetching object, HourRows rows) throws IOException, InterruptedException {
      String key = object.source().key().text();
      try {
        Optional<byte[]> bytes = object.bytes().get();
        if (bytes.isPresent()) {
          rows.add(segments.decode(key, bytes.get()));
        }
      } catch (ExecutionException e) {
        refused(key, e);
      } catch (ArchiveException e) {
        problems.add(new Range.Problem(key, String.valueOf(e.getMessage())));
      }
    }

    private void refused(String key, ExecutionException e) throws IOException {
      if (!(e.getCause() instanceof ArchiveException failure)) {
        throw new IOException("read " + key, e);
      }
      if (failure.kind() == ArchiveException.Kind.BAD_OBJECT) {
        problems.add(new Range.Problem(key, String.valueOf(failure.getMessage())));
      } else {
        unreachable = failure;
      }
    }
  }
}
