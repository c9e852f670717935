package dev.fleetdash.collect;

import java.util.SequencedMap;
import oshi.hardware.CentralProcessor.TickType;

/** The CPUs' time counters at one moment, by {@link TickType#getIndex}. Not to be changed. */
final class CpuTicks {
  static final int MODES = TickType.values().length;

  private final long[] total;
  private final SequencedMap<String, long[]> cores;

  CpuTicks(long[] total, SequencedMap<String, long[]> cores) {
    this.total = total;
    this.cores = cores;
  }

  long[] total() {
    return total;
  }

  /** By the system's number of the core. */
  SequencedMap<String, long[]> cores() {
    return cores;
  }
}
