package dev.fleetdash.archive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Another archive, to be looked at only. */
public final class ReadOnlyArchive implements Archive {
  private final Archive archive;

  public ReadOnlyArchive(Archive archive) {
    this.archive = archive;
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
  public String put(String key, byte[] bytes) throws IOException {
    throw refused(key);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    throw refused(key);
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    throw refused(key);
  }

  private ArchiveException refused(String key) {
    return new ArchiveException(
        ArchiveException.Kind.REFUSED,
        key + " is not written: " + archive.location() + " is only looked at");
  }

  @Override
  public boolean keepsConditions() {
    return archive.keepsConditions();
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
