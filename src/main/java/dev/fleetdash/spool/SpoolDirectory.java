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
import org.jspecify.annotations.Nullable;

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
    Files.createDirectories(root.resolve("open"));
    Files.createDirectories(root.resolve("sealed"));
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock(channel) == null) {
        throw new SpoolInUseException(root);
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return new SpoolDirectory(root, channel);
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
    Files.writeString(temporary, Long.toString(run));
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
