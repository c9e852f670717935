package dev.fleetdash.spool;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps rows on disk until the archive has them. Rows are cut into segments at UTC multiples of the
 * flush interval; a segment is sealed before anyone sees it, and leaves only when its put was
 * answered, when the archive refuses it for good, or when the spool is full.
 *
 * <p>A spool that cannot be written is no reason to stop, nor to lose a row while there is memory:
 * its part fails, segments are held there until the archive or the disk takes them, and each new
 * one tries the disk again.
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
  private final HeldSegments held = new HeldSegments();

  /** Those of which the files cannot be deleted, though the archive has them. */
  private final Set<Segment> answered = new HashSet<>();

  private volatile @Nullable SpoolDirectory directory;
  private volatile Backlog backlog = new Backlog(0, 0, Optional.empty(), 0);
  private @Nullable OpenSegment open;
  private long seq;
  private long triedWindow = Long.MIN_VALUE;
  private long segments;
  private long bytes;
  private long quarantined;
  private boolean full;
  private boolean troubled;

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
    troubled = false;
    part.up();
    sealLeftovers(taken);
  }

  /**
   * Writes the row, sealing the open segment first where the row belongs into the next one. Never
   * throws: a row that cannot be written is held in memory.
   */
  public synchronized void append(Row row) {
    if (held.isGrowing() && !held.takes(row, settings.flushSeconds())) {
      seal();
    }
    if (held.isGrowing() || !write(row)) {
      hold(row);
    }
  }

  private boolean write(Row row) {
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
        return false;
      }
      current.append(row);
      if (part.state().status() != Part.Status.FAILING) {
        part.up();
      }
      return true;
    } catch (IOException e) {
      unwritable(e);
      return false;
    }
  }

  private void hold(Row row) {
    if (!held.isGrowing()) {
      Segment segment = new Segment(row.host(), row.ts(), row.run(), seq++);
      rowsDropped.add(held.begin(segment, settings.flushSeconds()));
    }
    held.append(row);
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

  /** Tries once a flush interval, or a minute, to take a directory that is not held. */
  private @Nullable SpoolDirectory retake(Row row) throws IOException {
    long window = Math.floorDiv(row.ts(), Math.min(settings.flushSeconds(), 60));
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
    if (ended == null && !held.isGrowing() && held.count() == 0) {
      return;
    }
    boolean fine = !troubled;
    troubled = false;
    open = null;
    rowsDropped.add(held.seal());
    if (ended != null) {
      end(ended);
    }
    SpoolDirectory taken = directory;
    if (taken != null) {
      sealLeftovers(taken);
    }
    refreshBacklog();
    // Not at the first row that fits: a disk that is nearly full takes one now and then.
    if (fine && !troubled && ended != null) {
      part.up();
    }
  }

  /** Closes the file. Where somebody has removed it, its rows are still to be had. */
  private void end(OpenSegment ended) {
    SpoolDirectory taken = directory;
    try (ended) {
      if (taken != null && !Files.exists(taken.open(ended.segment()))) {
        HeldSegments.Held rescued = packed(ended.content());
        if (rescued.rows() > 0) {
          rowsDropped.add(held.put(ended.segment(), rescued));
        }
        directory = null;
        triedWindow = Long.MIN_VALUE;
        IOException gone = new NoSuchFileException(root.toString(), null, "it was removed");
        release(taken, gone);
        unwritable(gone);
      }
    } catch (IOException e) {
      unwritable(e);
    }
  }

  private static HeldSegments.Held packed(InputStream open) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(8192);
    long rows = Sealer.pack(open, packed).rows();
    return new HeldSegments.Held(packed.toByteArray(), rows);
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
        if (segment.isPresent() && !answered.contains(segment.get())) {
          seal(sealer, segment.get(), taken);
        }
      }
      for (Segment segment : held.all()) {
        if (!Files.exists(taken.open(segment))) {
          store(sealer, segment, taken);
        }
      }
      deleteAnswered(taken);
    } catch (IOException e) {
      unwritable(e);
    }
    dropOldest();
    refreshBacklog();
  }

  /** Brings what memory holds to the disk. */
  private void store(Sealer sealer, Segment segment, SpoolDirectory taken) throws IOException {
    Optional<HeldSegments.Held> packed = held.get(segment);
    if (packed.isPresent()) {
      sealer.write(segment, packed.get().bytes());
      segments++;
      bytes += Files.size(taken.sealed(segment));
      held.remove(segment);
    }
  }

  private void deleteAnswered(SpoolDirectory taken) throws IOException {
    for (Segment segment : List.copyOf(answered)) {
      Files.deleteIfExists(taken.open(segment));
      Files.deleteIfExists(taken.sealed(segment));
      answered.remove(segment);
    }
  }

  private void seal(Sealer sealer, Segment segment, SpoolDirectory taken) {
    try {
      Sealer.Sealed sealed = sealer.seal(segment);
      rowsTorn.add(sealed.torn());
      if (sealed.rows() > 0) {
        segments++;
        bytes += Files.size(taken.sealed(segment));
      }
      held.remove(segment);
    } catch (IOException e) {
      unwritable(e);
      holdCopy(segment, taken);
    }
  }

  /** So that the archive can have it although the disk has no room for its sealed file. */
  private void holdCopy(Segment segment, SpoolDirectory taken) {
    if (held.get(segment).isPresent() || Files.exists(taken.sealed(segment))) {
      return;
    }
    try {
      HeldSegments.Held packed = packed(Files.newInputStream(taken.open(segment)));
      if (packed.rows() > 0) {
        rowsDropped.add(held.put(segment, new HeldSegments.Held(packed.bytes(), 0)));
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
    return Stream.of(oldestOnDisk(), held.oldest())
        .flatMap(Optional::stream)
        .min(HeldSegments.OLDEST_FIRST);
  }

  private Optional<Segment> oldestOnDisk() {
    SpoolDirectory taken = directory;
    if (taken == null || segments == 0) {
      return Optional.empty();
    }
    try {
      for (Path hour : children(taken.sealedFolder())) {
        Optional<Segment> first =
            segments(hour).stream().filter(segment -> !answered.contains(segment)).findFirst();
        if (first.isPresent()) {
          return first;
        }
      }
      // Somebody has taken them away.
      segments = 0;
      bytes = 0;
    } catch (IOException e) {
      unwritable(e);
    }
    return Optional.empty();
  }

  /** The sealed segments that may hold rows of the host within {@code [from, to)}, oldest first. */
  public List<Segment> between(HostName host, long from, long to) throws IOException {
    if (backlog.segments() == 0) {
      return List.of();
    }
    SpoolDirectory taken = directory;
    Set<Segment> found = new TreeSet<>(HeldSegments.OLDEST_FIRST);
    found.addAll(held());
    if (taken != null) {
      for (Path hour : children(taken.sealedFolder())) {
        String name = hour.getFileName().toString();
        if (name.compareTo(Segment.hourFolder(from)) >= 0
            && name.compareTo(Segment.hourFolder(to)) <= 0) {
          found.addAll(segments(hour));
        }
      }
    }
    return found.stream()
        .filter(segment -> segment.host().equals(host))
        .filter(segment -> segment.ts() >= from - Math.floorMod(from, 3_600) && segment.ts() < to)
        .toList();
  }

  private synchronized List<Segment> held() {
    return held.all();
  }

  private static List<Segment> segments(Path hour) throws IOException {
    return children(hour).stream()
        .flatMap(file -> Segment.of(file.getFileName().toString(), Segment.SEALED_SUFFIX).stream())
        .sorted(HeldSegments.OLDEST_FIRST)
        .toList();
  }

  /** The sealed bytes, or empty where the segment has left. */
  public Optional<byte[]> read(Segment segment) throws IOException {
    Optional<byte[]> packed = heldBytes(segment);
    if (packed.isPresent()) {
      return packed;
    }
    SpoolDirectory taken = directory;
    try {
      return taken == null
          ? Optional.empty()
          : Optional.of(Files.readAllBytes(taken.sealed(segment)));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  private synchronized Optional<byte[]> heldBytes(Segment segment) {
    return held.get(segment).map(HeldSegments.Held::bytes);
  }

  /** Lets a segment go. */
  public synchronized void remove(Segment segment) {
    if (letGo(segment)) {
      return;
    }
    leave(
        segment,
        file -> {
          try {
            Files.delete(file);
          } catch (NoSuchFileException e) {
            throw e;
          } catch (IOException e) {
            answered.add(segment);
            unwritable(e);
          }
        });
  }

  /** Lets a segment go that memory holds; what the disk has of it is its open file. */
  private boolean letGo(Segment segment) {
    if (held.get(segment).isEmpty()) {
      return false;
    }
    held.remove(segment);
    SpoolDirectory taken = directory;
    if (taken != null) {
      answered.add(segment);
      try {
        deleteAnswered(taken);
      } catch (IOException e) {
        unwritable(e);
      }
    }
    refreshBacklog();
    return true;
  }

  /** Puts a segment aside that the archive refuses for good, for a person to look at. */
  public synchronized void quarantine(Segment segment) {
    SpoolDirectory taken = directory;
    if (taken == null || held.get(segment).isPresent()) {
      rowsDropped.add(held.get(segment).map(HeldSegments.Held::rows).orElse(0L));
      segmentsQuarantined.increment();
      letGo(segment);
      return;
    }
    leave(
        segment,
        file -> {
          OwnerOnly.createFolders(taken.quarantineFolder());
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
    Optional<Long> oldest = oldest().map(Segment::ts);
    backlog = new Backlog(segments + held.count(), bytes + held.bytes(), oldest, quarantined);
  }

  /** As of the last segment that came or left; never waits for the disk. */
  public Backlog backlog() {
    return backlog;
  }

  private void unwritable(IOException e) {
    troubled = true;
    part.failing(
        "cannot write the spool ("
            + reason(e)
            + "): new rows are held in memory, for some hours, and put from there; a kill loses"
            + " those that are not in the archive yet; free space, or make FLEETDASH_SPOOL writable");
  }

  /** Without the file's path, since pages show it to everybody. */
  private static String reason(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return Objects.requireNonNullElse(reason, e.getClass().getSimpleName());
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
    long lost =
        held.all().stream().flatMap(s -> held.get(s).stream()).mapToLong(h -> h.rows()).sum();
    if (lost > 0) {
      rowsDropped.add(lost);
      log.warn("rows were only in memory and are lost rows={}", lost);
    }
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
