package dev.fleetdash.spool;

import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * The segment that rows are being written to. Each row is handed to the kernel at once, so that it
 * outlives the process; it is forced to the device when the segment is sealed. For one thread.
 */
final class OpenSegment implements AutoCloseable {
  private static final int TYPICAL_ROW_BYTES = 4096;

  private final Segment segment;
  private final long window;
  private final FileChannel channel;
  private long lastTs;
  private long length;
  private ByteBuffer line = ByteBuffer.allocateDirect(TYPICAL_ROW_BYTES);

  private OpenSegment(Segment segment, long window, long lastTs, FileChannel channel) {
    this.segment = segment;
    this.window = window;
    this.lastTs = lastTs;
    this.channel = channel;
  }

  /** Creates the file of a segment that begins with {@code first}, which is not written yet. */
  static OpenSegment create(SpoolDirectory directory, Segment segment, int flushSeconds)
      throws IOException {
    Path file = directory.open(segment);
    FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ),
            OwnerOnly.file(directory.openFolder()));
    return new OpenSegment(
        segment, Math.floorDiv(segment.ts(), flushSeconds), segment.ts() - 1, channel);
  }

  Segment segment() {
    return segment;
  }

  /** Whether the row lies in the same flush interval and later than all that are here. */
  boolean takes(Row row, int flushSeconds) {
    return row.ts() > lastTs
        && Math.floorDiv(row.ts(), flushSeconds) == window
        && row.host().equals(segment.host());
  }

  /**
   * Writes one line.
   *
   * @throws IOException when it cannot be written whole; what was written of it is cut off again
   */
  void append(Row row) throws IOException {
    byte[] json = row.json();
    if (line.capacity() <= json.length) {
      line = ByteBuffer.allocateDirect(2 * json.length);
    }
    line.clear().put(json).put((byte) '\n').flip();
    long end = length + line.remaining();
    try {
      while (line.hasRemaining()) {
        channel.write(line, end - line.remaining());
      }
    } catch (IOException e) {
      cutOff(e);
      throw e;
    }
    length = end;
    lastTs = row.ts();
  }

  /**
   * A torn line in the middle would spoil the line after it; a torn one at the end is cut off when
   * the segment is sealed.
   */
  private void cutOff(IOException why) {
    try {
      channel.truncate(length);
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /** What was written, wherever its file is now; ends the segment. */
  InputStream content() throws IOException {
    channel.position(0);
    return Channels.newInputStream(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
