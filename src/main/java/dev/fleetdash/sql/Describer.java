package dev.fleetdash.sql;

import dev.fleetdash.archive.Archive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the archive's {@link Description} into it, once a process, where there is none or an older
 * one. One request where there is nothing to do. It does not hurry: the start has better things to
 * do, and while the archive is away it tries again, on a thread of its own.
 */
public final class Describer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Describer.class);
  private static final Pattern REVISION = Pattern.compile("\"revision\"\\s*:\\s*(\\d{1,9})\\b");
  private static final int MAX_BYTES = 4 << 20;

  private final Archive archive;
  private final String url;
  private final Duration pause;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = Thread.ofVirtual().name("describer").unstarted(this::run);

  /**
   * @param url as {@link dev.fleetdash.archive.ArchiveLocation#url} says
   * @param pause the time before each attempt
   */
  public Describer(Archive archive, String url, Duration pause) {
    this.archive = archive;
    this.url = url;
    this.pause = pause;
  }

  /** Begins, and returns at once. */
  public void start() {
    thread.start();
  }

  /** Looks once more, because what was put may be gone. */
  public void again() {
    Thread.ofVirtual().name("describer").start(this::run);
  }

  private void run() {
    boolean complained = false;
    try {
      while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          log.info("described archive={} objects={}", archive.location(), describe());
          return;
        } catch (IOException | RuntimeException e) {
          if (!complained) {
            log.warn("describing the archive is tried again reason=\"{}\"", e.getMessage());
          }
          complained = true;
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers how many objects were written. */
  int describe() throws IOException {
    if (revision(archive.get(Description.SCHEMA, MAX_BYTES)) >= Description.REVISION) {
      return 0;
    }
    int written = 0;
    for (Map.Entry<String, byte[]> file : Description.of(url).entrySet()) {
      if (put(file.getKey(), file.getValue())) {
        written++;
      }
    }
    return written;
  }

  private boolean put(String key, byte[] bytes) throws IOException {
    Optional<Archive.Content> present = archive.get(key, MAX_BYTES);
    if (present.isEmpty()) {
      return archive.putIfAbsent(key, bytes);
    }
    // Another host may have written it meanwhile; it writes the same, or what is newer.
    return !Arrays.equals(present.get().bytes(), bytes)
        && archive.putIfMatch(key, bytes, present.get().etag());
  }

  private static int revision(Optional<Archive.Content> schema) {
    if (schema.isEmpty()) {
      return 0;
    }
    Matcher match = REVISION.matcher(new String(schema.get().bytes(), StandardCharsets.UTF_8));
    return match.find() ? Integer.parseInt(match.group(1)) : 0;
  }

  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
  }
}
