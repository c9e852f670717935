package dev.fleetdash.archive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes gzip. The same bytes in give the same bytes out, on every host with the same zlib: the
 * header carries no time, no name and no operating system.
 */
public final class Gzip {
  private static final int LEVEL = 6;
  private static final int BUFFER = 16 * 1024;
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  private Gzip() {}

  /** One gzip member that holds {@code bytes}. */
  public static byte[] compress(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 4 + 64);
    try {
      compress(new ByteArrayInputStream(bytes), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Reads {@code in} to its end and writes it to {@code out} as one gzip member; closes neither.
   */
  public static void compress(InputStream in, OutputStream out) throws IOException {
    compress(in, out, LEVEL);
  }

  static void compress(InputStream in, OutputStream out, int level) throws IOException {
    CRC32 sum = new CRC32();
    try (Deflater deflater = new Deflater(level, true)) {
      out.write(HEADER);
      byte[] plain = new byte[BUFFER];
      byte[] packed = new byte[BUFFER];
      for (int n = in.read(plain); n >= 0; n = in.read(plain)) {
        sum.update(plain, 0, n);
        deflater.setInput(plain, 0, n);
        drain(deflater, packed, out);
      }
      deflater.finish();
      drain(deflater, packed, out);
      writeInt(out, (int) sum.getValue());
      writeInt(out, (int) deflater.getBytesRead());
    }
  }

  private static void drain(Deflater deflater, byte[] packed, OutputStream out) throws IOException {
    int n;
    do {
      n = deflater.deflate(packed);
      out.write(packed, 0, n);
    } while (n > 0);
  }

  private static void writeInt(OutputStream out, int value) throws IOException {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(value >>> shift);
    }
  }
}
