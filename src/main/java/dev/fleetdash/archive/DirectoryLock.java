package dev.fleetdash.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The right to change what a directory archive holds: of one thread of one process at a time. The
 * file lock ends with its process, so a file left behind locks nobody out.
 */
final class DirectoryLock implements AutoCloseable {
  private static final String NAME = ".lock";

  /** Writes take milliseconds, so whoever keeps it longer hangs. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration POLL = Duration.ofMillis(5);

  /** A process can lock a file only once, however many archives it has. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Waits for it.
   *
   * @param patience how long
   */
  static DirectoryLock take(Path home, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    boolean taken = false;
    try {
      if (!THREADS.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw busy(home);
      }
      FileChannel channel = lock(home, end);
      taken = true;
      return new DirectoryLock(channel);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } finally {
      if (!taken && THREADS.isHeldByCurrentThread()) {
        THREADS.unlock();
      }
    }
  }

  private static FileChannel lock(Path home, long end) throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(home.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      for (FileLock lock = channel.tryLock(); lock == null; lock = channel.tryLock()) {
        if (System.nanoTime() - end > 0) {
          throw busy(home);
        }
        Thread.sleep(POLL);
      }
      taken = true;
      return channel;
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  private static ArchiveException busy(Path home) {
    return new ArchiveException(
        ArchiveException.Kind.UNREACHABLE,
        "another process keeps " + home.resolve(NAME) + " locked; stop it if it hangs");
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      THREADS.unlock();
    }
  }
}
