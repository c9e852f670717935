package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.hosts.Registrar;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The archive as this host's rows go there: it takes none while another machine has the host's
 * name, and notes the hours that got some, so that they are compacted.
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
    // Before, because there may be no time afterwards; and after, because who compacts the hour
    // now may have looked too early.
    raw.ifPresent(of -> due.mark(of.host(), of.ts()));
    boolean put = archive.putIfAbsent(key, bytes);
    raw.ifPresent(of -> due.mark(of.host(), of.ts()));
    return put;
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
  public List<Listed> list(String prefix, int limit) throws IOException {
    return archive.list(prefix, limit);
  }

  @Override
  public List<String> folders(String prefix) throws IOException {
    return archive.folders(prefix);
  }

  @Override
  public String location() {
    return archive.location();
  }

  /** Leaves the archive open: it is not only this one's. */
  @Override
  public void close() {}
}
