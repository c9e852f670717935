package dev.fleetdash.collect;

import oshi.hardware.CentralProcessor.TickType;
import org.jspecify.annotations.Nullable;

/**
 * What share of its time a CPU spent in each mode between the two latest reads; NaN where unknown.
 * Not thread-safe.
 *
 * <p>The kernel takes idle and I/O-wait time back by a few ticks now and then; such a mode counts
 * as not having passed. A fall by more means that the counters began anew, and then nothing is known.
 */
final class CpuShares {
  private static final long TAKEN_BACK = 300;

  private final double[] shares = new double[TickType.values().length];
  private long @Nullable [] before;

  /** Takes the ticks by {@link TickType#getIndex}. */
  void read(long[] now) {
    long[] then = before;
    before = now.clone();
    long total = 0;
    boolean known = then != null;
    for (int i = 0; i < shares.length; i++) {
      long ticks = then == null ? 0 : now[i] - then[i];
      known &= ticks >= -TAKEN_BACK;
      shares[i] = Math.max(0, ticks);
      total += Math.max(0, ticks);
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] = known && total > 0 ? shares[i] / total : Double.NaN;
    }
  }

  double share(TickType mode) {
    return shares[mode.getIndex()];
  }

  /** The share neither idle nor waiting for I/O. */
  double utilization() {
    return 1 - share(TickType.IDLE) - share(TickType.IOWAIT);
  }
}
