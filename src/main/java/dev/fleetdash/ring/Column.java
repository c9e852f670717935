package dev.fleetdash.ring;

import java.nio.ByteBuffer;

/**
 * The numbers of one series within one minute, packed: their seconds as a bit mask, their summary,
 * and their values as differences. All numbers are scaled integers, so nothing is rounded.
 *
 * <p>Layout: flags; the mask where it differs from the minute's; {@code min}; and unless all values
 * are equal {@code max - min}, {@code sum - min * count}, the first value less {@code min}, and
 * each later value less its predecessor. Integers are LEB128 varints, the signed ones zigzag.
 */
final class Column {
  private static final int OWN_MASK = 1;
  private static final int CONSTANT = 2;

  private Column() {}

  /**
   * Appends the column; {@code values[s]} counts where bit {@code s} of {@code mask} is set, which
   * has at least one bit.
   */
  static void write(ByteBuffer out, long present, long mask, long[] values) {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    long sum = 0;
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      long value = values[Long.numberOfTrailingZeros(rest)];
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    boolean constant = min == max;
    out.put((byte) ((mask == present ? 0 : OWN_MASK) | (constant ? CONSTANT : 0)));
    if (mask != present) {
      out.putLong(mask);
    }
    signed(out, min);
    if (constant) {
      return;
    }
    varint(out, max - min);
    varint(out, sum - min * Long.bitCount(mask));
    long before = min;
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      long value = values[Long.numberOfTrailingZeros(rest)];
      signed(out, value - before);
      before = value;
    }
  }

  /** Gives the whole column to {@code sink} as one summary. */
  static void summary(ByteBuffer in, long minute, long present, Ring.Sink sink) {
    int flags = in.get();
    int count = Long.bitCount(mask(in, flags, present));
    long min = signed(in);
    boolean constant = (flags & CONSTANT) != 0;
    long max = constant ? min : min + varint(in);
    long sum = min * count + (constant ? 0 : varint(in));
    sink.add(minute, min, max, sum, count);
  }

  /** Gives each value whose second is in {@code wanted} to {@code sink}. */
  static void values(ByteBuffer in, long minute, long present, long wanted, Ring.Sink sink) {
    int flags = in.get();
    long mask = mask(in, flags, present);
    long value = signed(in);
    boolean constant = (flags & CONSTANT) != 0;
    if (!constant) {
      varint(in);
      varint(in);
    }
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      int second = Long.numberOfTrailingZeros(rest);
      value += constant ? 0 : signed(in);
      if (((wanted >>> second) & 1) != 0) {
        sink.add(minute + second, value, value, value, 1);
      }
    }
  }

  private static long mask(ByteBuffer in, int flags, long present) {
    return (flags & OWN_MASK) != 0 ? in.getLong() : present;
  }

  private static void signed(ByteBuffer out, long value) {
    varint(out, (value << 1) ^ (value >> 63));
  }

  private static long signed(ByteBuffer in) {
    long zigzag = varint(in);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  private static void varint(ByteBuffer out, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.put((byte) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
