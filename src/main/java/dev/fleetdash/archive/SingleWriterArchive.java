package dev.fleetdash.archive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An archive of which the store is asked for no conditions: they are looked up before a put, which
 * is enough where each key has one writer, and that one knows it.
 *
 * <p>Safe for use by several threads that write different keys.
 */
final class SingleWriterArchive implements Archive {
  /** No object that is replaced is larger. */
  private static final int MOST = 16 << 20;

  private final Archive archive;

  SingleWriterArchive(Archive archive) {
    this.archive = archive;
  }

  @Override
  public boolean keepsConditions() {
    return false;
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    if (exists(key)) {
      return false;
    }
    var _ = archive.put(key, bytes);
    return true;
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    if (archive.get(key, MOST).filter(of -> of.etag().equals(etag)).isEmpty()) {
      return false;
    }
    var _ = archive.put(key, bytes);
    return true;
  }

  /** Without reading it: what has a byte is larger than is asked for. */
  private boolean exists(String key) throws IOException {
    try {
      return archive.get(key, 0).isPresent();
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.BAD_OBJECT) {
        return true;
      }
      throw e;
    }
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    return archive.put(key, bytes);
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
