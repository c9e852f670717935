package dev.fleetdash.fleet;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of the fleet, which live in the archive under {@link #OBJECT}: whoever may read that is
 * a member. The first key signs, all are accepted. Made by the first member that finds none, and
 * put back by one that knows it; read again every few minutes while it is in use, and when a
 * signature is of no key known. What was read is remembered while the archive is away. Safe for use
 * by several threads.
 */
public final class FleetKeys {
  static final String OBJECT = "fleet/key.json";
  private static final Logger log = LoggerFactory.getLogger(FleetKeys.class);

  private static final int MAX_BYTES = 64 * 1024;
  private static final Duration GOOD_FOR = Duration.ofMinutes(5);

  /** However many signatures are wrong, the archive is not asked more often. */
  private static final Duration BETWEEN_READS = Duration.ofSeconds(10);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(15);

  /** What is asked meanwhile waits no longer. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final long NEVER = Long.MIN_VALUE;

  private final Archive archive;
  private final LongSupplier nanoTime;
  private final Duration patience;
  private final Part part;
  private volatile String note = "";
  private volatile List<FleetKey> known = List.of();
  private volatile long readAt = NEVER;
  private volatile long attemptedAt = NEVER;
  private final AtomicBoolean retrying = new AtomicBoolean();
  private CompletableFuture<Void> refreshing = CompletableFuture.completedFuture(null);

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public FleetKeys(Archive archive, LongSupplier nanoTime, Telemetry telemetry) {
    this(archive, nanoTime, PATIENCE, telemetry);
  }

  /**
   * @param patience how long whoever needs a key waits for the archive
   */
  FleetKeys(Archive archive, LongSupplier nanoTime, Duration patience, Telemetry telemetry) {
    this.archive = archive;
    this.nanoTime = nanoTime;
    this.patience = patience;
    this.part = telemetry.part("fleet key");
  }

  /** The keys that are accepted, the one that signs first; none while there is none. At once. */
  List<FleetKey> accepted() {
    if (known.isEmpty() || older(readAt, GOOD_FOR)) {
      var _ = refresh();
    }
    return known;
  }

  /** The key that signs; waits a little where none is known yet. */
  Optional<FleetKey> signing() {
    if (accepted().isEmpty()) {
      await(refresh());
    }
    return known.stream().findFirst();
  }

  /**
   * Reads the keys again, unless that was just tried; waits a little for it.
   *
   * @return whether they are others than {@code before}
   */
  boolean changedSince(List<FleetKey> before) {
    if (known.equals(before)) {
      await(refresh());
    }
    return !known.equals(before);
  }

  /**
   * Reads the keys on a thread of its own, and makes one where there is none. What fails is told,
   * not thrown.
   */
  public synchronized CompletableFuture<Void> refresh() {
    if (refreshing.isDone() && older(attemptedAt, BETWEEN_READS)) {
      attemptedAt = nanoTime.getAsLong();
      CompletableFuture<Void> done = new CompletableFuture<>();
      refreshing = done;
      Thread.ofVirtual().name("fleet-key").start(() -> refresh(attemptedAt, done));
    }
    return refreshing;
  }

  private void refresh(long at, CompletableFuture<Void> done) {
    try {
      known = readOrMake();
      readAt = at;
      tellWhoReads();
    } catch (IOException | RuntimeException | Error e) {
      part.failing(String.valueOf(e.getMessage()));
      again();
    } finally {
      done.complete(null);
    }
  }

  private void tellWhoReads() throws IOException {
    Optional<Archive.Exposure> exposure = archive.guard(OBJECT);
    if (exposure.isEmpty()) {
      part.up(note);
      return;
    }
    String text = exposure.get().text() + "; whoever has read it is a member until it is changed";
    if (exposure.get().mended()) {
      note(text);
    } else {
      part.failing(text);
    }
  }

  /** Says it once in the log, and from then on in the part. */
  private void note(String text) {
    note = text;
    log.warn("fleet key reason=\"{}\"", text);
    part.up(text);
  }

  /**
   * What failed is tried again also where nobody asks for it, so that it is not called failing for
   * good.
   */
  private void again() {
    if (retrying.compareAndSet(false, true)) {
      CompletableFuture.delayedExecutor(
              AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
          .execute(() -> {
            retrying.set(false);
            var _ = refresh();
          });
    }
  }

  private void await(CompletableFuture<Void> refresh) {
    try {
      refresh.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException _) {
      // What is known counts.
    }
  }

  private boolean older(long then, Duration than) {
    return then == NEVER || nanoTime.getAsLong() - then >= than.toNanos();
  }

  private List<FleetKey> readOrMake() throws IOException {
    Optional<Archive.Content> found = archive.get(OBJECT, MAX_BYTES);
    if (found.isEmpty()) {
      // Of several that start at once one is first; all take what then lies there.
      List<FleetKey> before = known;
      List<FleetKey> put = before.isEmpty() ? List.of(FleetKey.random()) : before;
      if (archive.putIfAbsent(OBJECT, FleetKeysJson.write(put))) {
        if (before.isEmpty()) {
          log.info("made the fleet's key object={}", OBJECT);
        } else {
          note(
              OBJECT
                  + " was gone from "
                  + archive.location()
                  + " and has been put back; was the archive emptied?");
        }
      }
      found = archive.get(OBJECT, MAX_BYTES);
    }
    if (found.isEmpty()) {
      throw bad("is gone right after it was written", null);
    }
    try {
      return FleetKeysJson.read(found.get().bytes());
    } catch (IllegalArgumentException e) {
      throw bad(String.valueOf(e.getMessage()), e);
    }
  }

  private ArchiveException bad(String why, @Nullable Exception cause) {
    String message =
        OBJECT + " in " + archive.location() + ": " + why + "; without it no peer is asked";
    return cause == null
        ? new ArchiveException(ArchiveException.Kind.BAD_OBJECT, message)
        : new ArchiveException(ArchiveException.Kind.BAD_OBJECT, message, cause);
  }
}
