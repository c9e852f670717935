package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.hosts.Registrar;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The archive as this host's rows go there: it takes none while the host's name is another's, and
 * notes the hours that got some, so that they are compacted.
 */
public final class OwnArchive implements Archive {
  private final Archive archive;
  private final Registrar registrar;
  private final DueList due;

  public OwnArchive(Archive archive, Registrar registrar, DueList due) {
    this.archive = archive;
    this.registrar = registrar;
    this.due = due;
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    registrar.check();
    Optional<RawKey> raw = RawKey.parse(key);
    if (raw.isEmpty()) {
      return archive.putIfAbsent(key, bytes);
    }
    // Before, because there may be no time afterwards; and after, because who compacts the hour
    // now may have looked too early.
    note(raw.get());
    boolean put = archive.putIfAbsent(key, bytes);
    if (put) {
      registrar.wrote();
    }
    note(raw.get());
    return put;
  }

  private void note(RawKey raw) throws IOException {
    due.mark(raw.host(), raw.ts());
    registrar.late(raw.host(), raw.ts());
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    registrar.check();
    return archive.put(key, bytes);
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    registrar.check();
    return archive.putIfMatch(key, bytes, etag);
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
  public void askTime() throws IOException {
    archive.askTime();
  }

  @Override
  public boolean keepsConditions() {
    return archive.keepsConditions();
  }

  @Override
  public String location() {
    return archive.location();
  }

  /** Leaves the archive open: it is not only this one's. */
  @Override
  public void close() {}
}
