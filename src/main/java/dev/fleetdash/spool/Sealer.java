package dev.fleetdash.spool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPOutputStream;

/**
 * Turns an open segment into a sealed one: gzipped, complete, and never changed again. Repairs on
 * the way what a kill or a power failure left: a line that was not finished is cut off.
 */
final class Sealer {
  private static final int LONGEST_LINE_BYTES = 16 << 20;

  /** Of what packs, so that the same rows become the same bytes wherever they are packed. */
  static final int BUFFER = 8192;

  private final SpoolDirectory directory;

  Sealer(SpoolDirectory directory) {
    this.directory = directory;
  }

  /**
   * @param torn lines that were not whole and were left out
   */
  record Sealed(long rows, long torn) {}

  /**
   * Seals the segment's file. May be called again after any failure or kill: a segment that was
   * sealed before keeps its bytes, since they may already have been sent.
   *
   * @return how many rows the segment holds; when none, there is no sealed file
   */
  Sealed seal(Segment segment) throws IOException {
    Path open = directory.open(segment);
    Path sealed = directory.sealed(segment);
    if (Files.exists(sealed) || Files.size(open) == 0) {
      Files.deleteIfExists(open);
      return new Sealed(0, 0);
    }
    Path temporary = temporary(segment);
    try {
      Sealed result;
      try (InputStream in = Files.newInputStream(open);
          OutputStream out = Files.newOutputStream(temporary)) {
        result = pack(in, out);
      }
      if (result.rows() > 0) {
        publish(segment, temporary);
      }
      Files.delete(open);
      return result;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Makes a sealed file of what was packed elsewhere. */
  void write(Segment segment, byte[] packed) throws IOException {
    Path temporary = temporary(segment);
    try {
      Files.write(temporary, packed);
      publish(segment, temporary);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private Path temporary(Segment segment) throws IOException {
    Path hour = directory.sealedFolder(segment.hourFolder());
    OwnerOnly.createFolders(hour);
    Path file =
        hour.resolve(segment.name() + Segment.SEALED_SUFFIX + SpoolDirectory.TEMPORARY_SUFFIX);
    Files.deleteIfExists(file);
    return Files.createFile(file, OwnerOnly.file(hour));
  }

  private void publish(Segment segment, Path temporary) throws IOException {
    SpoolDirectory.force(temporary);
    Files.move(temporary, directory.sealed(segment), StandardCopyOption.ATOMIC_MOVE);
    SpoolDirectory.forceFolder(directory.sealedFolder(segment.hourFolder()));
  }

  /** Packs the whole lines of an open segment; closes both. */
  static Sealed pack(InputStream from, OutputStream to) throws IOException {
    long rows = 0;
    long torn = 0;
    try (InputStream in = new BufferedInputStream(from);
        OutputStream out = new GZIPOutputStream(to, BUFFER)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        line.write(next);
        if (next == '\n' || line.size() > LONGEST_LINE_BYTES) {
          if (whole(line.toByteArray())) {
            line.writeTo(out);
            rows++;
          } else {
            torn++;
          }
          line.reset();
        }
      }
      torn += line.size() > 0 ? 1 : 0;
    }
    return new Sealed(rows, torn);
  }

  /**
   * A line as it was written ends so, and holds no zero bytes, which is what a power failure leaves
   * in place of data.
   */
  private static boolean whole(byte[] line) {
    if (line.length < 3
        || line[0] != '{'
        || line[line.length - 2] != '}'
        || line[line.length - 1] != '\n') {
      return false;
    }
    for (byte b : line) {
      if (b == 0) {
        return false;
      }
    }
    return true;
  }
}
