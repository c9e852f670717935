package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.spool.Segment;
import dev.fleetdash.spool.Spool;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * What all questions to the archive share: threads, and bounds on how much is under way at once, so
 * that neither many questions nor large ones take more than their share of a small heap. Safe for
 * use by several threads.
 */
public final class ArchiveReader implements AutoCloseable {
  /** What an object may have at most, packed. */
  private static final int MAX_OBJECT_BYTES = 16 << 20;

  /** Requests under way at once: enough to hide the latency of a bucket. */
  private static final int REQUESTS = 64;

  /** Of objects that were asked for and are not yet decoded, in KiB. */
  private static final int ROOM_KIB = 8 << 10;

  /** Decoding is all work and no waiting. */
  private static final int DECODING = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);

  /** Hours whose rows are being gathered from their segments; each takes a megabyte or so. */
  private static final int RAW_HOURS = 8;

  private final Archive archive;
  private final Spool spool;
  private final InstantSource clock;
  private final Records records;
  private final RollupCache cache;
  private final Semaphore requests = new Semaphore(REQUESTS);
  private final Room room = new Room();
  private final Semaphore large = new Semaphore(1);
  private final Semaphore decoding = new Semaphore(DECODING);
  private final Semaphore rawHours = new Semaphore(RAW_HOURS);
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("archive-", 0).factory());

  /**
   * @param spool what waits for the archive
   */
  public ArchiveReader(Archive archive, Spool spool, InstantSource clock) {
    this.archive = archive;
    this.spool = spool;
    this.clock = clock;
    this.records = new Records(new HostRecords(archive), clock);
    this.cache = new RollupCache(clock);
  }

  /** Bytes that were asked for. An object that is larger than expected takes what others have. */
  private static final class Room extends Semaphore {
    private static final long serialVersionUID = 1L;

    Room() {
      super(ROOM_KIB);
    }

    void overdraw(int kib) {
      reducePermits(kib);
    }
  }

  /** What is made of an object. */
  interface Use<T> {
    /** Takes the bytes; empty where there is no object. */
    T of(Optional<byte[]> object) throws IOException, InterruptedException;
  }

  /**
   * Gets an object and uses it, when there is room for it.
   *
   * @param expected bytes; one more than twice as large is read alone
   * @throws ArchiveException of kind BAD_OBJECT also when it is too large by far
   */
  <T> T use(String key, int expected, Use<T> use) throws IOException, InterruptedException {
    int kib = Math.max(1, expected >> 10);
    int taken = kib;
    room.acquire(kib);
    try {
      Optional<byte[]> object = get(key, 2 * expected);
      int actual = object.map(bytes -> bytes.length >> 10).orElse(0);
      if (actual > kib) {
        room.overdraw(actual - kib);
        taken = actual;
      }
      return use.of(object);
    } catch (TooLarge _) {
      // Below.
    } finally {
      room.release(taken);
    }
    large.acquire();
    try {
      return use.of(get(key, MAX_OBJECT_BYTES));
    } catch (TooLarge e) {
      throw e.failure;
    } finally {
      large.release();
    }
  }

  private static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;

    private final ArchiveException failure;

    TooLarge(ArchiveException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private Optional<byte[]> get(String key, int most) throws IOException, InterruptedException {
    try {
      return request(() -> archive.get(key, most)).map(Archive.Content::bytes);
    } catch (ArchiveException e) {
      throw e.kind() == ArchiveException.Kind.BAD_OBJECT ? new TooLarge(e) : e;
    }
  }

  /**
   * Lists a folder.
   *
   * @param foreign is told what lies there and cannot be a key
   */
  List<Archive.Listed> list(String folder, int most, Consumer<String> foreign)
      throws IOException, InterruptedException {
    return request(() -> archive.list(folder, most, foreign));
  }

  /** A segment of the spool, or empty when it has left it. */
  Optional<byte[]> spooled(Segment segment) throws IOException {
    return spool.read(segment);
  }

  interface Request<T> {
    T send() throws IOException;
  }

  <T> T request(Request<T> request) throws IOException, InterruptedException {
    requests.acquire();
    try {
      return request.send();
    } finally {
      requests.release();
    }
  }

  interface Work<T> {
    T run() throws IOException;
  }

  /** Does what keeps a processor busy. */
  <T> T decode(Work<T> work) throws IOException, InterruptedException {
    decoding.acquire();
    try {
      return work.run();
    } finally {
      decoding.release();
    }
  }

  Semaphore rawHours() {
    return rawHours;
  }

  <T> Future<T> submit(Callable<T> task) {
    return threads.submit(task);
  }

  Records records() {
    return records;
  }

  RollupCache cache() {
    return cache;
  }

  Spool spool() {
    return spool;
  }

  long now() {
    return clock.instant().getEpochSecond();
  }

  String location() {
    return archive.location();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
