package dev.fleetdash.collect;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file of /proc or /sys that is kept open and read anew into the same buffer. Not thread-safe; the
 * cursor is valid until the next read.
 */
final class KernelFile implements Closeable {
  // Longer native reads take a detour through malloc.
  private static final int CHUNK = 8192;

  private final Path path;
  private final Cursor cursor = new Cursor(new byte[0], 0);
  private byte[] buffer = new byte[1024];
  private @Nullable RandomAccessFile file;

  KernelFile(Path path) {
    this.path = path;
  }

  /** The file's text as the kernel makes it now. */
  Cursor read() throws IOException {
    RandomAccessFile open = file;
    if (open == null) {
      open = new RandomAccessFile(path.toFile(), "r");
      file = open;
    }
    try {
      open.seek(0);
      int length = fill(open);
      cursor.reset(buffer, length);
      return cursor;
    } catch (IOException e) {
      close();
      throw new IOException("read " + path + ": " + e.getMessage(), e);
    }
  }

  private int fill(RandomAccessFile open) throws IOException {
    int length = 0;
    while (true) {
      if (length == buffer.length) {
        buffer = Arrays.copyOf(buffer, 2 * length);
      }
      int more = open.read(buffer, length, Math.min(CHUNK, buffer.length - length));
      if (more <= 0) {
        return length;
      }
      length += more;
    }
  }

  @Override
  public void close() throws IOException {
    RandomAccessFile open = file;
    file = null;
    if (open != null) {
      open.close();
    }
  }
}
