package dev.fleetdash.compact;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.OwnerOnly;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this host has put into the archive and not compacted yet, one empty file each, so that a
 * restart does not forget it and no bucket has to be searched for it. Where the directory cannot be
 * written only a restart forgets. Safe for use by several threads.
 */
public final class DueList {
  private static final Logger log = LoggerFactory.getLogger(DueList.class);

  private final Path directory;
  private final Map<TierKey, Long> due = new HashMap<>();
  private long generation;

  public DueList(Path directory) {
    this.directory = directory;
    try (Stream<Path> files = Files.list(directory)) {
      files
          .flatMap(file -> Due.period(file.getFileName().toString()).stream())
          .forEach(period -> due.put(period, generation));
    } catch (NoSuchFileException _) {
      // The first start.
    } catch (IOException e) {
      unwritable(e);
    }
  }

  /** Rows of that second are in raw, or are about to be. */
  public void mark(HostName host, long ts) {
    mark(TierKey.of(Tier.SECONDS, host, ts));
  }

  private void create(Path mark) throws IOException {
    try {
      Files.createFile(mark, OwnerOnly.file(directory));
    } catch (FileAlreadyExistsException _) {
      // From before a restart.
    }
  }

  /** The period is to be looked at again, also where that is being done right now. */
  synchronized void mark(TierKey period) {
    boolean isNew = due.put(period, ++generation) == null;
    if (isNew) {
      try {
        OwnerOnly.createFolders(directory);
        create(directory.resolve(Due.name(period)));
        force();
      } catch (IOException e) {
        unwritable(e);
      }
    }
  }

  /** The host's periods of the tier, in order. */
  synchronized List<Due> of(Tier tier, HostName host) {
    return due.entrySet().stream()
        .filter(entry -> entry.getKey().tier() == tier && entry.getKey().host().equals(host))
        .map(entry -> new Due(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(entry -> entry.period().start()))
        .toList();
  }

  /** The hosts that have anything due: the own one, and those that it was called before. */
  synchronized List<HostName> hosts() {
    return due.keySet().stream().map(TierKey::host).distinct().sorted().toList();
  }

  /** Strikes it off, unless it became due again meanwhile. */
  synchronized void done(Due done) {
    if (due.remove(done.period(), done.generation())) {
      try {
        Files.deleteIfExists(directory.resolve(Due.name(done.period())));
      } catch (IOException e) {
        unwritable(e);
      }
    }
  }

  /** An entry is on the disk when its directory is; where that cannot be forced, soon. */
  private void force() {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      log.debug("directory cannot be forced directory={}", directory, e);
    }
  }

  private void unwritable(IOException e) {
    log.warn(
        "cannot note what is to be compacted directory={} reason=\"{}\"", directory, e.toString());
  }
}
