package dev.fleetdash.spool;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps rows on disk until the archive has them. Rows are cut into segments at UTC multiples of the
 * flush interval; a segment is sealed before anyone sees it, and leaves only when its put was
 * answered, when the archive refuses it for good, or when the spool is full.
 *
 * <p>A spool that cannot be written is no reason to stop: its part fails, rows are counted as
 * dropped, and each new segment tries again.
 *
 * <p>One thread appends; any thread may use the rest.
 */
public final class Spool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Spool.class);

  private final Path root;
  private final Settings settings;
  private final Part part;
  private final Counter rowsDropped;
  private final Counter rowsTorn;
  private final Counter segmentsDropped;
  private final Counter segmentsQuarantined;
  private final long run;
  private volatile @Nullable SpoolDirectory directory;
  private volatile Backlog backlog = new Backlog(0, 0, Optional.empty(), 0);
  private @Nullable OpenSegment open;
  private long seq;
  private long triedWindow = Long.MIN_VALUE;
  private long segments;
  private long bytes;
  private long quarantined;
  private boolean full;

  /**
   * How the spool cuts and bounds.
   *
   * @param flushSeconds a divisor of 60 or 60 times a divisor of 60
   * @param maxBytes of sealed segments
   */
  public record Settings(int flushSeconds, long maxBytes) {}

  /**
   * What waits for the archive.
   *
   * @param oldest the first row of the oldest segment, epoch seconds; empty when nothing waits
   */
  public record Backlog(long segments, long bytes, Optional<Long> oldest, long quarantined) {}

  private Spool(Path root, Settings settings, long run, Telemetry telemetry) {
    this.root = root;
    this.settings = settings;
    this.run = run;
    this.part = telemetry.part("spool");
    this.rowsDropped = telemetry.counter("rows_dropped", "Rows that the spool could not take");
    this.rowsTorn =
        telemetry.counter("rows_torn", "Unfinished lines cut off after a kill or a power failure");
    this.segmentsDropped =
        telemetry.counter("segments_dropped", "Segments given up because the spool was full");
    this.segmentsQuarantined =
        telemetry.counter("segments_quarantined", "Segments that the archive refused for good");
  }

  /**
   * Takes the directory, repairs and seals what an earlier process left in it, and picks this
   * start's run.
   *
   * @throws SpoolInUseException when another process has it
   */
  public static Spool open(Path root, Settings settings, InstantSource clock, Telemetry telemetry)
      throws SpoolInUseException {
    long now = clock.millis();
    SpoolDirectory taken = null;
    try {
      taken = SpoolDirectory.open(root);
      Spool spool = new Spool(root, settings, taken.nextRun(now), telemetry);
      spool.adopt(taken);
      return spool;
    } catch (SpoolInUseException e) {
      throw e;
    } catch (IOException e) {
      Spool spool = new Spool(root, settings, now, telemetry);
      spool.unwritable(e);
      release(taken, e);
      return spool;
    }
  }

  /** One that holds nothing and takes nothing, and touches no disk. */
  public static Spool none(Telemetry telemetry) {
    Spool spool = new Spool(Path.of(""), new Settings(60, 0), 0, telemetry);
    spool.part.up("not used");
    return spool;
  }

  private static void release(@Nullable SpoolDirectory taken, IOException why) {
    if (taken != null) {
      try {
        taken.close();
      } catch (IOException e) {
        why.addSuppressed(e);
      }
    }
  }

  /** This process start: unique on this host, and greater than all before it. */
  public long run() {
    return run;
  }

  private synchronized void adopt(SpoolDirectory taken) throws IOException {
    segments = 0;
    bytes = 0;
    for (Path hour : children(taken.sealedFolder())) {
      for (Path file : children(hour)) {
        if (file.toString().endsWith(SpoolDirectory.TEMPORARY_SUFFIX)) {
          Files.delete(file);
        } else if (Segment.of(file.getFileName().toString(), Segment.SEALED_SUFFIX).isPresent()) {
          segments++;
          bytes += Files.size(file);
        }
      }
    }
    quarantined = children(taken.quarantineFolder()).size();
    directory = taken;
    part.up();
    sealLeftovers(taken);
  }

  /**
   * Writes the row, sealing the open segment first where the row belongs into the next one. Never
   * throws: a row that cannot be written is counted.
   */
  public synchronized void append(Row row) {
    try {
      OpenSegment current = open;
      if (current != null && !current.takes(row, settings.flushSeconds())) {
        seal();
        current = null;
      }
      if (current == null) {
        current = begin(row);
      }
      if (current == null) {
        rowsDropped.increment();
        return;
      }
      current.append(row);
      part.up();
    } catch (IOException e) {
      rowsDropped.increment();
      unwritable(e);
    }
  }

  private @Nullable OpenSegment begin(Row row) throws IOException {
    SpoolDirectory taken = directory;
    if (taken == null) {
      taken = retake(row);
      if (taken == null) {
        return null;
      }
    }
    open =
        OpenSegment.create(
            taken, new Segment(row.host(), row.ts(), row.run(), seq++), settings.flushSeconds());
    return open;
  }

  /** Tries once a flush interval to take a directory that could not be taken at the start. */
  private @Nullable SpoolDirectory retake(Row row) throws IOException {
    long window = Math.floorDiv(row.ts(), settings.flushSeconds());
    if (window == triedWindow) {
      return null;
    }
    triedWindow = window;
    SpoolDirectory taken = SpoolDirectory.open(root);
    try {
      taken.nextRun(run);
      adopt(taken);
      return taken;
    } catch (IOException e) {
      release(taken, e);
      throw e;
    }
  }

  /**
   * Seals the open segment, so that all that was appended can be put. A segment that cannot be
   * sealed now is sealed later.
   */
  public synchronized void seal() {
    OpenSegment ended = open;
    SpoolDirectory taken = directory;
    if (ended == null || taken == null) {
      return;
    }
    open = null;
    try {
      ended.close();
    } catch (IOException e) {
      unwritable(e);
    }
    sealLeftovers(taken);
  }

  /**
   * Seals every segment that is not being written to; one that fails keeps its file, and does not
   * keep the others.
   */
  private void sealLeftovers(SpoolDirectory taken) {
    Sealer sealer = new Sealer(taken);
    try {
      for (Path file : children(taken.openFolder())) {
        Optional<Segment> segment = Segment.of(file.getFileName().toString(), Segment.OPEN_SUFFIX);
        if (segment.isPresent()) {
          seal(sealer, segment.get(), taken);
        }
      }
    } catch (IOException e) {
      unwritable(e);
    }
    dropOldest();
    refreshBacklog();
  }

  private void seal(Sealer sealer, Segment segment, SpoolDirectory taken) {
    try {
      Sealer.Sealed sealed = sealer.seal(segment);
      rowsTorn.add(sealed.torn());
      if (sealed.rows() > 0) {
        segments++;
        bytes += Files.size(taken.sealed(segment));
      }
    } catch (IOException e) {
      unwritable(e);
    }
  }

  private void dropOldest() {
    while (bytes > settings.maxBytes() && segments > 1) {
      Optional<Segment> oldest = oldest();
      if (oldest.isEmpty()) {
        return;
      }
      if (!full) {
        log.warn(
            "spool is full, the oldest segments go segment={} max_bytes={}",
            oldest.get().name(),
            settings.maxBytes());
      }
      full = true;
      segmentsDropped.increment();
      remove(oldest.get());
    }
  }

  /** The sealed segment that is next to go to the archive. */
  public synchronized Optional<Segment> oldest() {
    SpoolDirectory taken = directory;
    if (taken == null || segments == 0) {
      return Optional.empty();
    }
    try {
      for (Path hour : children(taken.sealedFolder())) {
        Optional<Segment> first = segments(hour).stream().findFirst();
        if (first.isPresent()) {
          return first;
        }
      }
    } catch (IOException e) {
      unwritable(e);
    }
    return Optional.empty();
  }

  /** The sealed segments that may hold rows of the host within {@code [from, to)}, oldest first. */
  public List<Segment> between(HostName host, long from, long to) throws IOException {
    SpoolDirectory taken = directory;
    if (taken == null || backlog.segments() == 0) {
      return List.of();
    }
    List<Segment> found = new ArrayList<>();
    for (Path hour : children(taken.sealedFolder())) {
      String name = hour.getFileName().toString();
      if (name.compareTo(Segment.hourFolder(from)) >= 0
          && name.compareTo(Segment.hourFolder(to)) <= 0) {
        segments(hour).stream()
            .filter(segment -> segment.host().equals(host) && segment.ts() < to)
            .forEach(found::add);
      }
    }
    return found;
  }

  private static List<Segment> segments(Path hour) throws IOException {
    return children(hour).stream()
        .flatMap(file -> Segment.of(file.getFileName().toString(), Segment.SEALED_SUFFIX).stream())
        .sorted(
            Comparator.comparingLong(Segment::ts)
                .thenComparingLong(Segment::run)
                .thenComparingLong(Segment::seq))
        .toList();
  }

  /** The sealed bytes, or empty where the segment has left. */
  public Optional<byte[]> read(Segment segment) throws IOException {
    SpoolDirectory taken = directory;
    try {
      return taken == null
          ? Optional.empty()
          : Optional.of(Files.readAllBytes(taken.sealed(segment)));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /** Lets a segment go. */
  public synchronized void remove(Segment segment) {
    leave(segment, file -> Files.delete(file));
  }

  /** Puts a segment aside that the archive refuses for good, for a person to look at. */
  public synchronized void quarantine(Segment segment) {
    SpoolDirectory taken = directory;
    if (taken == null) {
      return;
    }
    leave(
        segment,
        file -> {
          Files.createDirectories(taken.quarantineFolder());
          Files.move(file, taken.quarantined(segment), StandardCopyOption.REPLACE_EXISTING);
          quarantined++;
          segmentsQuarantined.increment();
        });
  }

  private interface Leaving {
    void accept(Path file) throws IOException;
  }

  private void leave(Segment segment, Leaving how) {
    SpoolDirectory taken = directory;
    if (taken == null) {
      return;
    }
    Path file = taken.sealed(segment);
    try {
      long size = Files.size(file);
      how.accept(file);
      segments--;
      bytes -= size;
      full &= segments > 1;
      Path hour = taken.sealedFolder(segment.hourFolder());
      if (children(hour).isEmpty()) {
        Files.delete(hour);
      }
    } catch (NoSuchFileException _) {
      log.debug("segment had left before segment={}", segment.name());
    } catch (IOException e) {
      unwritable(e);
    }
    refreshBacklog();
  }

  private void refreshBacklog() {
    backlog = new Backlog(segments, bytes, oldest().map(Segment::ts), quarantined);
  }

  /** As of the last segment that came or left; never waits for the disk. */
  public Backlog backlog() {
    return backlog;
  }

  private void unwritable(IOException e) {
    part.failing(
        "cannot write the spool "
            + root
            + " ("
            + e
            + "): new rows are shown but not kept; free space, or make the directory writable");
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /** Seals the open segment and lets the directory go. */
  @Override
  public synchronized void close() {
    seal();
    abandon();
  }

  /** Lets the directory go as it is. */
  synchronized void abandon() {
    SpoolDirectory taken = directory;
    directory = null;
    if (taken != null) {
      try {
        taken.close();
      } catch (IOException e) {
        unwritable(e);
      }
    }
  }
}
