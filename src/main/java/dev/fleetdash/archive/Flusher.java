package dev.fleetdash.archive;

import dev.fleetdash.spool.Segment;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts sealed segments into the archive, oldest first, each exactly once: a segment leaves the
 * spool when its put was answered, or when the object that is already there holds the same bytes,
 * because then it was this put's answer that got lost. An object that holds something else is never
 * overwritten; the segment goes into quarantine.
 *
 * <p>Where the host is about to end it does not wait for cuts, but has what there is sealed every
 * few seconds.
 *
 * <p>While the archive fails, waits grow exponentially, with jitter, so that a fleet does not come
 * back all at once.
 */
public final class Flusher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Flusher.class);

  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(1);
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);

  /** While the host is about to end; also the longest wait of that time. */
  private static final Duration HURRY = Duration.ofSeconds(5);

  /** A segment is sealed when the next interval's first row arrives; by then it is safely there. */
  private static final Duration AFTER_THE_CUT = Duration.ofMillis(1500);

  private final Spool spool;
  private final Archive archive;
  private final Duration interval;
  private final Duration offset;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Part part;
  private final Counter segmentsPut;
  private final Counter bytesPut;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("flusher").daemon().factory());
  private int failures;
  private @Nullable Future<?> next;
  private volatile boolean hurried;

  /**
   * @param interval between flushes
   * @param offset how long after the cut this host puts, so that a fleet does not put at once
   */
  public Flusher(
      Spool spool,
      Archive archive,
      Duration interval,
      Duration offset,
      InstantSource clock,
      RandomGenerator random,
      Telemetry telemetry) {
    this.spool = spool;
    this.archive = archive;
    this.interval = interval;
    this.offset = offset;
    this.clock = clock;
    this.random = random;
    this.part = telemetry.part("archive");
    this.segmentsPut = telemetry.counter("segments_put", "Segments that the archive has confirmed");
    this.bytesPut =
        telemetry.counter(
            "segment_bytes_put", "Bytes of the segments that the archive has confirmed");
  }

  /**
   * A quarter of the interval at most, from the host's name: always the same for one host, and
   * spread over a fleet.
   */
  public static Duration offset(String host, Duration interval) {
    return Duration.ofMillis(Math.floorMod(host.hashCode(), Math.max(1, interval.toMillis() / 4)));
  }

  /** Puts what an earlier process left, and from then on after each cut. */
  public void start() {
    thread.execute(this::flushAndReschedule);
  }

  /** From now on, and at once, seals and puts every few seconds, for the host is about to end. */
  public void hurry() {
    hurried = true;
    thread.execute(this::flushAndReschedule);
  }

  /** Takes {@link #hurry} back. */
  public void relax() {
    hurried = false;
  }

  private void flushAndReschedule() {
    if (next != null) {
      next.cancel(false);
    }
    Duration wait = LONGEST_BACKOFF;
    try {
      wait = flush();
    } catch (RuntimeException | Error e) {
      part.failing("flushing stopped at a fault of its own and will be tried again: " + e);
      log.error("flush fault", e);
    } finally {
      if (!thread.isShutdown()) {
        next = thread.schedule(this::flushAndReschedule, wait.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  /**
   * Puts all that is sealed, or as much as the archive takes; answers how long to wait for the next
   * time. A segment that is still there after it was put could not be deleted, which the spool has
   * reported; it is not put over and over.
   */
  public Duration flush() {
    if (hurried) {
      spool.seal();
    }
    Optional<Segment> before = Optional.empty();
    for (Optional<Segment> next = spool.oldest(); next.isPresent(); next = spool.oldest()) {
      if (next.equals(before)) {
        return backoff(failures++);
      }
      before = next;
      try {
        put(next.get());
        failures = 0;
      } catch (IOException e) {
        part.failing(String.valueOf(e.getMessage()));
        return backoff(failures++);
      }
    }
    if (segmentsPut.count() > 0) {
      part.up();
    }
    return hurried ? HURRY : untilNextCut();
  }

  private void put(Segment segment) throws IOException {
    Optional<byte[]> bytes = spool.read(segment);
    if (bytes.isEmpty()) {
      spool.remove(segment);
      return;
    }
    String key = new RawKey(segment.host(), segment.ts(), segment.run(), segment.seq()).text();
    if (archive.putIfAbsent(key, bytes.get()) || holds(key, bytes.get())) {
      spool.remove(segment);
      segmentsPut.increment();
      bytesPut.add(bytes.get().length);
      part.up();
      return;
    }
    log.error(
        "object exists with other content, segment goes into quarantine key={} archive={}",
        key,
        archive.location());
    spool.quarantine(segment);
  }

  private boolean holds(String key, byte[] bytes) throws IOException {
    try {
      return archive
          .get(key, bytes.length)
          .filter(present -> Arrays.equals(present.bytes(), bytes))
          .isPresent();
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.BAD_OBJECT) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Exponential backoff with "equal jitter": half of the wait is fixed, half is random (M. Brooker,
   * Exponential Backoff And Jitter, AWS Architecture Blog 2015).
   */
  private Duration backoff(int before) {
    Duration longest = hurried ? HURRY : LONGEST_BACKOFF;
    long ceiling = Math.min(longest.toMillis(), FIRST_BACKOFF.toMillis() << Math.min(before, 16));
    return Duration.ofMillis(ceiling / 2 + random.nextLong(ceiling / 2 + 1));
  }

  /**
   * By the wall clock, because segments are cut by it; never longer than an interval, so that a
   * clock that was stepped back delays nothing for long.
   */
  private Duration untilNextCut() {
    long after = offset.plus(AFTER_THE_CUT).toMillis();
    long sinceCut = Math.floorMod(clock.millis() - after, interval.toMillis());
    return Duration.ofMillis(interval.toMillis() - sinceCut);
  }

  /**
   * Stops, after putting what is sealed as far as it goes within {@code atMost}, again and again
   * where it fails. What does not go stays in the spool for the next start.
   *
   * @return whether nothing is left
   */
  public boolean drain(Duration atMost) {
    Future<?> last = thread.submit(this::flushAll);
    try {
      last.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("last flush did not finish", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    close();
    return !left();
  }

  /** Ends with an interrupt at the latest. */
  private @Nullable Void flushAll() throws InterruptedException {
    failures = 0;
    for (Duration wait = flush(); left() && !thread.isShutdown(); wait = flush()) {
      Thread.sleep(wait);
    }
    return null;
  }

  private boolean left() {
    return spool.backlog().segments() > 0;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
