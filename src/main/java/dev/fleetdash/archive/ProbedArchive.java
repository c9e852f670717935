package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * An archive that is written to only while it is known to keep the conditions of puts. It is tried
 * at an object of its own, before the first put, and again after an outage, because another store
 * may answer then. Whoever only reads tries nothing.
 *
 * <p>Safe for use by several threads.
 */
final class ProbedArchive implements Archive {
  /** Below {@code fleet/}, where hosts may write and analysts do not read. */
  static final String PROBE = "fleet/probe";

  private static final byte[] CONTENT =
      "Put here to see that the store refuses to overwrite it.\n".getBytes(StandardCharsets.UTF_8);

  /** An etag that no object has: in its form an MD5. */
  private static final String NO_ETAG = "\"00000000000000000000000000000000\"";

  /** However many want to write, a store that was found wanting is not tried more often. */
  private static final Duration BETWEEN_REFUSALS = Duration.ofMinutes(1);

  private static final String MEND =
      "; use a store that has S3's conditional writes, or, where each host name has one machine for"
          + " sure, set FLEETDASH_S3_CONDITIONS=single-writer";

  private final Archive archive;
  private final LongSupplier nanoTime;
  private volatile boolean keepsConditions;
  private @Nullable ArchiveException refusal;
  private long refusedAt;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  ProbedArchive(Archive archive, LongSupplier nanoTime) {
    this.archive = archive;
    this.nanoTime = nanoTime;
  }

  /** One put. */
  private interface Write<T> {
    T run() throws IOException;
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    return write(() -> archive.put(key, bytes));
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    return write(() -> archive.putIfAbsent(key, bytes));
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    return write(() -> archive.putIfMatch(key, bytes, etag));
  }

  private <T> T write(Write<T> write) throws IOException {
    if (!keepsConditions) {
      probe();
    }
    try {
      return write.run();
    } catch (ArchiveException e) {
      if (e.kind() == Kind.UNREACHABLE || e.kind() == Kind.MISSING) {
        keepsConditions = false;
      }
      throw e;
    }
  }

  private synchronized void probe() throws IOException {
    if (keepsConditions) {
      return;
    }
    if (refusal != null && nanoTime.getAsLong() - refusedAt < BETWEEN_REFUSALS.toNanos()) {
      throw refusal;
    }
    refusal = null;
    Optional<String> missing = missing();
    if (missing.isPresent()) {
      refusal =
          new ArchiveException(
              Kind.REFUSED,
              "nothing is written to "
                  + archive.location()
                  + ", because the store "
                  + missing.get()
                  + ": two machines could overwrite each other's rows"
                  + MEND);
      refusedAt = nanoTime.getAsLong();
      throw refusal;
    }
    keepsConditions = true;
  }

  /** What the store lacks. Once the object is there, two puts that are to be refused. */
  private Optional<String> missing() throws IOException {
    try {
      boolean first = archive.putIfAbsent(PROBE, CONTENT);
      if (first && archive.putIfAbsent(PROBE, CONTENT)) {
        return Optional.of("ignores the condition If-None-Match of a put");
      }
      if (archive.putIfMatch(PROBE, CONTENT, NO_ETAG)) {
        return Optional.of("ignores the condition If-Match of a put");
      }
      return Optional.empty();
    } catch (ArchiveException e) {
      if (!(e.getCause() instanceof AwsServiceException answer)
          || !S3Manner.isUnsupported(answer)) {
        throw e;
      }
      // It may be the put itself that it does not know; then this says so.
      var _ = archive.put(PROBE, CONTENT);
      return Optional.of(
          "has no conditional writes (%d %s)"
              .formatted(answer.statusCode(), S3Faults.code(answer)));
    }
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) throws IOException {
    return archive.get(key, maxBytes);
  }

  @Override
  public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException {
    return archive.list(prefix, after, limit, foreign);
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) throws IOException {
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
