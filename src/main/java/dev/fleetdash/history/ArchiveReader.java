package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RowReader;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.spool.Segment;
import dev.fleetdash.spool.Spool;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What all questions to the archive share: threads, and bounds on how much is under way at once, so
 * that neither many questions nor large ones take more than their share of a small heap. Safe for
 * use by several threads.
 */
public final class ArchiveReader implements AutoCloseable {
  /** Of objects that were asked for and are not yet decoded, in KiB. */
  private static final int ROOM_KIB = 8 << 10;

  /** What an object may have at most, packed. */
  private static final int MAX_OBJECT_BYTES = ROOM_KIB << 10;

  /** Requests under way at once: enough to hide the latency of a bucket. */
  private static final int REQUESTS = 64;

  /** Of pieces of questions that are being read. */
  private static final int PIECES = 64;

  /** Decoding is all work and no waiting, and a decoder takes up to three megabytes. */
  private static final int DECODING = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2);

  /** Hours that are being put together from their segments, of which each has a list. */
  private static final int RAW_HOURS = 8;

  /** An hour of rows at one a second, each of them large. */
  private static final long MAX_UNPACKED_BYTES = 64 << 20;

  /** Of hours' rows, unpacked, in KiB. */
  private static final int ROWS_KIB = 3 << 10;

  /** Of the lines of answers, together; see {@link Budget}. */
  private static final int ANSWER_BYTES = 8 << 20;

  /** A request that takes longer is slow: a bucket answers within a tenth of that. */
  private static final long SLOW_NANOS = Duration.ofSeconds(1).toNanos();

  /** What takes less was not asked for: records are remembered. */
  private static final long REMEMBERED_NANOS = Duration.ofMillis(1).toNanos();

  /** The mean of requests forgets old ones: one in so many is new. */
  private static final int MEAN_OF = 16;

  private final Archive archive;
  private final LongSupplier nanoTime;
  private final Spool spool;
  private final InstantSource clock;
  private final Records records;
  private final Holdings holdings;
  private final RollupCache cache;
  private long meanNanos;
  private final Semaphore requests = new Semaphore(REQUESTS);
  private final Semaphore pieces = new Semaphore(PIECES);
  private final Semaphore room = new Semaphore(ROOM_KIB, true);
  private final Semaphore rows = new Semaphore(ROWS_KIB, true);
  private final Semaphore decoding = new Semaphore(DECODING);
  private final Semaphore rawHours = new Semaphore(RAW_HOURS);
  private final Budget answers = new Budget(ANSWER_BYTES);
  private final Deque<Decoder> idle = new ArrayDeque<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("archive-", 0).factory());

  /**
   * @param spool what waits for the archive
   * @param nanoTime as {@link System#nanoTime}
   */
  public ArchiveReader(Archive archive, Spool spool, InstantSource clock, LongSupplier nanoTime) {
    this.archive = archive;
    this.spool = spool;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.records = new Records(new HostRecords(archive), clock, nanoTime);
    this.holdings = new Holdings(archive, nanoTime);
    this.cache = new RollupCache(nanoTime);
  }

  /** What is made of an object. */
  interface Use<T> {
    /** Takes the bytes; empty where there is no object. */
    T of(Optional<byte[]> object) throws IOException, InterruptedException;
  }

  /**
   * Gets an object and uses it, when there is room for it.
   *
   * @param expected bytes; one that is larger, and finds no more room, is read alone
   * @throws ArchiveException of kind BAD_OBJECT also when it is too large by far
   */
  <T> T use(String key, int expected, Use<T> use) throws IOException, InterruptedException {
    int kib = Math.max(1, expected >> 10);
    int taken = kib;
    room.acquire(kib);
    try {
      Optional<byte[]> object = get(key, 2 * expected);
      int more = object.map(bytes -> bytes.length >> 10).orElse(0) - kib;
      if (more <= 0 || room.tryAcquire(more)) {
        taken += Math.max(0, more);
        return use.of(object);
      }
    } catch (TooLarge _) {
      // Below.
    } finally {
      room.release(taken);
    }
    room.acquire(ROOM_KIB);
    try {
      return use.of(get(key, MAX_OBJECT_BYTES));
    } catch (TooLarge e) {
      throw e.failure;
    } finally {
      room.release(ROOM_KIB);
    }
  }

  /** Gathers the rows of an hour. */
  interface Gather {
    /**
     * Does it.
     *
     * @param most bytes that the rows may take
     * @param last whether what fits has to do
     * @return whether all of them fitted
     */
    boolean within(int most, boolean last) throws IOException, InterruptedException;
  }

  /**
   * Has rows gathered when there is room for them; where they take more than is expected, once
   * more, with all the room there is.
   *
   * @return whether all of them fitted
   */
  boolean gather(int expected, Gather gather) throws IOException, InterruptedException {
    return gather(expected >> 10, false, gather) || gather(ROWS_KIB, true, gather);
  }

  private boolean gather(int kib, boolean last, Gather gather)
      throws IOException, InterruptedException {
    rows.acquire(kib);
    try {
      return gather.within(kib << 10, last);
    } finally {
      rows.release(kib);
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
    long begun = nanoTime.getAsLong();
    try {
      return request.send();
    } finally {
      took(nanoTime.getAsLong() - begun);
      requests.release();
    }
  }

  private synchronized void took(long nanos) {
    if (nanos >= REMEMBERED_NANOS) {
      meanNanos += (nanos - meanNanos) / MEAN_OF;
    }
  }

  /** Whether requests take so long of late that a question of many of them takes minutes. */
  synchronized boolean slow() {
    return meanNanos >= SLOW_NANOS;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Decodes objects of some metrics, for one thread at a time. */
  record Decoder(List<Metric> metrics, RowReader rows, RollupReader rollups) {
    static Decoder of(List<Metric> metrics) {
      return new Decoder(
          metrics, new RowReader(metrics, MAX_UNPACKED_BYTES), new RollupReader(metrics));
    }
  }

  interface Work<T> {
    T with(Decoder decoder) throws IOException;
  }

  /** Does what keeps a processor busy. */
  <T> T decode(List<Metric> metrics, Work<T> work) throws IOException, InterruptedException {
    decoding.acquire();
    try {
      Decoder decoder = borrow(metrics);
      T result = work.with(decoder);
      giveBack(decoder);
      return result;
    } finally {
      decoding.release();
    }
  }

  /**
   * One that is idle makes way for one of other metrics, so that there are never more than work.
   */
  private Decoder borrow(List<Metric> metrics) {
    synchronized (idle) {
      Decoder any = idle.poll();
      return any != null && any.metrics().equals(metrics) ? any : Decoder.of(metrics);
    }
  }

  private void giveBack(Decoder decoder) {
    synchronized (idle) {
      idle.push(decoder);
    }
  }

  /** Reads a piece of a question, of which so many are read at once. */
  void piece(Window.Task task) throws IOException, InterruptedException {
    pieces.acquire();
    try {
      task.run();
    } finally {
      pieces.release();
    }
  }

  /** The memory for answers. */
  Budget answers() {
    return answers;
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

  Holdings holdings() {
    return holdings;
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
