package dev.fleetdash.spool;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spool's directory, held by one process at a time.
 *
 * <pre>
 *   lock                        held while the process runs
 *   run                         the last run, in digits
 *   open/NAME.ndjson            the segment being written, and what a killed process left
 *   sealed/HOUR/NAME.ndjson.gz  waiting for the archive
 *   quarantine/NAME.ndjson.gz   refused by the archive for good; kept for a person to look at
 * </pre>
 *
 * <p>What others keep for this host lies beside it: {@code due/} and {@code hosts/}, what is to be
 * compacted and which records are to be put, and {@code machine}, a machine id.
 */
final class SpoolDirectory implements AutoCloseable {
  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final Logger log = LoggerFactory.getLogger(SpoolDirectory.class);

  /** What may be in the directory, without a suffix of the temporary. */
  private static final Set<String> OWN =
      Set.of("lock", "run", "open", "sealed", "quarantine", "due", "hosts", "machine");

  private static final boolean WINDOWS = File.separatorChar == '\\';

  private final Path root;
  private final FileChannel lockFile;

  private SpoolDirectory(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  /**
   * Creates what is missing and takes the lock.
   *
   * @throws SpoolInUseException when another process has it
   * @throws IOException when the directory cannot be written
   */
  static SpoolDirectory open(Path root) throws IOException {
    OwnerOnly.createFolders(root);
    OwnerOnly.createFolders(root.resolve("open"));
    OwnerOnly.createFolders(root.resolve("sealed"));
    FileChannel channel =
        FileChannel.open(
            root.resolve("lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            OwnerOnly.file(root));
    try {
      if (lock(channel) == null) {
        throw new SpoolInUseException(root);
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    tighten(root);
    return new SpoolDirectory(root, channel);
  }

  /**
   * Earlier versions left to the umask who may read rows. A directory in which there is anything
   * else is not this one's to close.
   */
  private static void tighten(Path root) {
    try (Stream<Path> files = Files.list(root)) {
      List<Path> entries = files.toList();
      boolean open = false;
      for (Path entry : entries) {
        open |= isOwn(entry) && OwnerOnly.tighten(entry);
      }
      boolean allOwn = entries.stream().allMatch(SpoolDirectory::isOwn);
      boolean rootOpen = allOwn && OwnerOnly.tighten(root);
      if (open || rootOpen) {
        log.info("spool was open to every user of this machine, and is no longer path={}", root);
      }
    } catch (IOException e) {
      log.warn(
          "spool may be open to other users of this machine path={} reason=\"{}\"",
          root,
          e.toString());
    }
  }

  private static boolean isOwn(Path entry) {
    Path name = entry.getFileName();
    return name != null
        && OWN.contains(name.toString().replaceFirst(Pattern.quote(TEMPORARY_SUFFIX) + "$", ""));
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null;
    }
  }

  Path open(Segment segment) {
    return root.resolve("open").resolve(segment.name() + Segment.OPEN_SUFFIX);
  }

  Path openFolder() {
    return root.resolve("open");
  }

  Path sealed(Segment segment) {
    return sealedFolder(segment.hourFolder()).resolve(segment.name() + Segment.SEALED_SUFFIX);
  }

  Path sealedFolder(String hour) {
    return sealedFolder().resolve(hour);
  }

  Path sealedFolder() {
    return root.resolve("sealed");
  }

  Path quarantined(Segment segment) {
    return quarantineFolder().resolve(segment.name() + Segment.SEALED_SUFFIX);
  }

  Path quarantineFolder() {
    return root.resolve("quarantine");
  }

  /**
   * Picks this start's run, greater than any before it even when the clock went back, and writes it
   * down before a row can carry it.
   *
   * @param startMillis epoch milliseconds
   */
  long nextRun(long startMillis) throws IOException {
    long run = Math.max(startMillis, lastRun() + 1);
    Path file = root.resolve("run");
    Path temporary = root.resolve("run" + TEMPORARY_SUFFIX);
    Files.deleteIfExists(temporary);
    Files.writeString(Files.createFile(temporary, OwnerOnly.file(root)), Long.toString(run));
    force(temporary);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    return run;
  }

  private long lastRun() throws IOException {
    try {
      return Long.parseLong(Files.readString(root.resolve("run")).strip());
    } catch (NoSuchFileException _) {
      return 0;
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /** Waits until the file's content is on the device. */
  static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /**
   * Waits until the folder's entries are on the device. Windows opens no folders, and writes their
   * entries through.
   */
  static void forceFolder(Path folder) throws IOException {
    if (WINDOWS) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
  }
}
