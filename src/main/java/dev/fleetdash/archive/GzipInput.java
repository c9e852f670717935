package dev.fleetdash.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip strictly: all members of the input, each with its checksum and length, and nothing
 * behind them. The JDK's stream takes a damaged later member for the end, which would lose rows in
 * silence.
 *
 * <p>For one thread.
 */
final class GzipInput extends InputStream {
  private static final int MAGIC = 0x8b1f;
  private static final int FHCRC = 2;
  private static final int FEXTRA = 4;
  private static final int FNAME = 8;
  private static final int FCOMMENT = 16;
  private static final int RESERVED = 0xe0;

  private final byte[] packed;
  private final long maxBytes;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 sum = new CRC32();
  private int at;
  private long total;
  private boolean inMember;

  /**
   * @param maxBytes after this many bytes out, reading fails
   */
  GzipInput(byte[] packed, long maxBytes) {
    this.packed = packed;
    this.maxBytes = maxBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] out, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, out.length);
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (!inMember) {
        if (at == packed.length && at > 0) {
          return -1;
        }
        begin();
      }
      int n = inflate(out, offset, length);
      if (n > 0) {
        sum.update(out, offset, n);
        total += n;
        if (total > maxBytes) {
          throw new IOException("more than " + maxBytes + " bytes when unpacked");
        }
        return n;
      }
      if (inflater.finished()) {
        end();
      } else {
        throw new EOFException("the gzip data is cut off");
      }
    }
  }

  private int inflate(byte[] out, int offset, int length) throws IOException {
    try {
      return inflater.inflate(out, offset, length);
    } catch (DataFormatException e) {
      throw new IOException("the gzip data is damaged", e);
    }
  }

  private void begin() throws IOException {
    if (twoBytes() != MAGIC || oneByte() != 8) {
      throw new IOException(total == 0 ? "it is not gzip" : "something else follows the gzip data");
    }
    int flags = oneByte();
    if ((flags & RESERVED) != 0) {
      throw new IOException("the gzip header is damaged");
    }
    skip(6);
    if ((flags & FEXTRA) != 0) {
      skip(twoBytes());
    }
    if ((flags & FNAME) != 0) {
      skipText();
    }
    if ((flags & FCOMMENT) != 0) {
      skipText();
    }
    if ((flags & FHCRC) != 0) {
      skip(2);
    }
    inflater.reset();
    inflater.setInput(packed, at, packed.length - at);
    sum.reset();
    inMember = true;
  }

  private void end() throws IOException {
    at = packed.length - inflater.getRemaining();
    long checksum = twoBytes() | ((long) twoBytes() << 16);
    long length = twoBytes() | ((long) twoBytes() << 16);
    if (checksum != sum.getValue() || length != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw new IOException("the gzip checksum is wrong");
    }
    inMember = false;
  }

  private int oneByte() throws IOException {
    skip(1);
    return packed[at - 1] & 0xff;
  }

  private int twoBytes() throws IOException {
    return oneByte() | (oneByte() << 8);
  }

  private void skip(int bytes) throws IOException {
    if (packed.length - at < bytes) {
      throw new EOFException("the gzip data is cut off");
    }
    at += bytes;
  }

  private void skipText() throws IOException {
    int next;
    do {
      next = oneByte();
    } while (next != 0);
  }

  @Override
  public void close() {
    inflater.end();
  }
}
