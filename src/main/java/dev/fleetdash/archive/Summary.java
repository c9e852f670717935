package dev.fleetdash.archive;

import dev.fleetdash.sample.Row;

/** Least, most and sum of some scaled values, and how many there were. For one thread. */
final class Summary {
  private long min = Long.MAX_VALUE;
  private long max = Long.MIN_VALUE;
  private long sum;
  private long count;

  void add(long scaled) {
    add(scaled, scaled, scaled, 1);
  }

  /**
   * @param total {@link Row#ABSENT} where it does not fit
   */
  void add(long least, long most, long total, long number) {
    min = Math.min(min, least);
    max = Math.max(max, most);
    sum = sum(sum, total);
    count += number;
  }

  /** A file system of exabytes is too much for 64 bits, and then stays so. */
  private static long sum(long sum, long total) {
    if (sum == Row.ABSENT || total == Row.ABSENT) {
      return Row.ABSENT;
    }
    long both = sum + total;
    boolean overflow = ((sum ^ both) & (total ^ both)) < 0;
    return overflow ? Row.ABSENT : both;
  }

  long min() {
    return min;
  }

  long max() {
    return max;
  }

  long sum() {
    return sum;
  }

  long count() {
    return count;
  }
}
