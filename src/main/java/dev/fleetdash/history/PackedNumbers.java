package dev.fleetdash.history;

/**
 * Reads numbers that are packed to as many bytes as they need: zigzag, then seven bits a byte, the
 * lowest first. For one thread.
 */
final class PackedNumbers {
  /** What a number takes at most, bytes. */
  static final int LONGEST = 10;

  private final byte[] data;
  private int at;

  PackedNumbers(byte[] data, int at) {
    this.data = data;
    this.at = at;
  }

  /** Writes a number and answers where the next one goes. */
  static int write(byte[] data, int at, long number) {
    int end = at;
    long left = (number << 1) ^ (number >> 63);
    while ((left & ~0x7fL) != 0) {
      data[end++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    data[end++] = (byte) left;
    return end;
  }

  boolean more() {
    return at < data.length;
  }

  long next() {
    long value = 0;
    int shift = 0;
    byte next = data[at++];
    while (next < 0) {
      value |= (next & 0x7fL) << shift;
      shift += 7;
      next = data[at++];
    }
    value |= (long) next << shift;
    return (value >>> 1) ^ -(value & 1);
  }
}
