package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** An archive that tells what is read of it. For several threads. */
public final class CountingArchive implements Archive {
  private final Archive archive;
  private final Runnable before;
  private final ConcurrentLinkedQueue<String> gets = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> lists = new ConcurrentLinkedQueue<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  public CountingArchive(Archive archive) {
    this(archive, () -> {});
  }

  /**
   * @param before done before each object or list is asked for
   */
  public CountingArchive(Archive archive, Runnable before) {
    this.archive = archive;
    this.before = before;
  }

  /** The keys that were asked for. */
  public List<String> gets() {
    return List.copyOf(gets);
  }

  /** The prefixes that were listed. */
  public List<String> lists() {
    return List.copyOf(lists);
  }

  /** The bytes that were got. */
  public long bytes() {
    return bytes.get();
  }

  /** The most requests that were under way at once. */
  public int mostAtOnce() {
    return most.get();
  }

  /** Begins to count anew. */
  public void reset() {
    gets.clear();
    lists.clear();
    bytes.set(0);
    most.set(0);
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) throws IOException {
    gets.add(key);
    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    try {
      before.run();
      Optional<Content> content = archive.get(key, maxBytes);
      content.ifPresent(of -> bytes.addAndGet(of.bytes().length));
      return content;
    } finally {
      underWay.decrementAndGet();
    }
  }

  @Override
  public String put(String key, byte[] object) throws IOException {
    return archive.put(key, object);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] object) throws IOException {
    return archive.putIfAbsent(key, object);
  }

  @Override
  public boolean putIfMatch(String key, byte[] object, String etag) throws IOException {
    return archive.putIfMatch(key, object, etag);
  }

  @Override
  public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException {
    lists.add(prefix);
    before.run();
    return archive.list(prefix, after, limit, foreign);
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) throws IOException {
    lists.add(prefix);
    return archive.folders(prefix, others);
  }

  @Override
  public String location() {
    return archive.location();
  }

  @Override
  public void close() {
    archive.close();
  }
}
