package dev.fleetdash.audit;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.ArchiveException.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads objects, several at once where there are many, in bounded memory. For one thread, but for
 * what it starts itself.
 */
final class Reads implements AutoCloseable {
  /** Larger ones are read by nobody. */
  static final int MOST_BYTES = 8 << 20;

  private static final int KIB = 1 << 10;

  /** Of objects that are being read, with what reading one takes besides. */
  private static final int AT_ONCE_KIB = 12 << 10;

  private static final int LEAST_KIB = 512;
  private static final int KEPT_BYTES = 8 << 20;

  /** Of what was made of objects and not taken yet. */
  private static final int WAITING = 32;

  private final Archive archive;
  private final Semaphore room = new Semaphore(AT_ONCE_KIB);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicLong objects = new AtomicLong();
  private final Map<String, Optional<byte[]>> kept = new LinkedHashMap<>(16, 0.75f, true);
  private long keptBytes;

  Reads(Archive archive) {
    this.archive = archive;
  }

  /** How many objects were read. */
  long objects() {
    return objects.get();
  }

  /**
   * The object, or empty where there is none.
   *
   * @throws ArchiveException of kind BAD_OBJECT where it is too large
   */
  Optional<byte[]> get(String key) throws IOException {
    Optional<byte[]> bytes = archive.get(key, MOST_BYTES).map(Archive.Content::bytes);
    objects.addAndGet(bytes.isPresent() ? 1 : 0);
    return bytes;
  }

  /** The same for an object that does not change any more, and is asked for again and again. */
  Optional<byte[]> getSettled(String key) throws IOException {
    Optional<byte[]> known = kept.get(key);
    if (known == null) {
      known = get(key);
      kept.put(key, known);
      keptBytes += size(known);
      dropOldest();
    }
    return known;
  }

  private static int size(Optional<byte[]> bytes) {
    return bytes.map(of -> of.length).orElse(0) + KIB;
  }

  private void dropOldest() {
    var oldest = kept.values().iterator();
    while (keptBytes > KEPT_BYTES) {
      keptBytes -= size(oldest.next());
      oldest.remove();
    }
  }

  /** What is made of one object. */
  interface Reading<T> {
    /** Called for what is still there, with its bytes. */
    T of(String key, byte[] object) throws IOException;
  }

  /** Takes what was made of objects, in their order. */
  interface Taking<T> {
    void take(T made);
  }

  /** Begins to read another one of several; one that it has no room for yet is waited for. */
  final class Several<T> {
    private final Reading<T> reading;
    private final Taking<T> taking;
    private final Deque<Future<Optional<T>>> futures = new ArrayDeque<>();

    Several(Reading<T> reading, Taking<T> taking) {
      this.reading = reading;
      this.taking = taking;
    }

    void read(Listed object) throws IOException, InterruptedException {
      if (futures.size() == WAITING) {
        takeFirst();
      }
      int need =
          (int) Math.clamp(object.size() / KIB, LEAST_KIB, (long) MOST_BYTES / KIB) + LEAST_KIB;
      room.acquire(need);
      futures.add(threads.submit(() -> Reads.this.read(object.key(), reading, need)));
    }

    /** Takes the rest. */
    void end() throws IOException, InterruptedException {
      while (!futures.isEmpty()) {
        takeFirst();
      }
    }

    private void takeFirst() throws IOException, InterruptedException {
      try {
        futures.remove().get().ifPresent(taking::take);
      } catch (ExecutionException e) {
        throw cause(e);
      }
    }
  }

  private <T> Optional<T> read(String key, Reading<T> reading, int need) throws IOException {
    try {
      Optional<byte[]> object = get(key);
      return object.isPresent() ? Optional.of(reading.of(key, object.get())) : Optional.empty();
    } finally {
      room.release(need);
    }
  }

  private static IOException cause(ExecutionException e) {
    return e.getCause() instanceof IOException io
        ? io
        : new ArchiveException(Kind.UNREACHABLE, "reading failed: " + e.getCause(), e);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
