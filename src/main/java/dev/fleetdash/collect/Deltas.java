package dev.fleetdash.collect;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The {@link CounterDelta}s of things that come and go, and their sum. Not thread-safe.
 *
 * <p>A thing that is new adds nothing to the sum before its second read. Where a known thing's counter
 * was reset, the sum is unknown for that read, because what it counted since is not known.
 */
final class Deltas {
  private final int counters;
  private final Duration longestGap;
  private final Map<String, Entry> entries = new HashMap<>();
  private final double[] sums;
  private final double[] perSecond;
  private boolean summed;
  private long reads;

  Deltas(int counters, Duration longestGap) {
    this.counters = counters;
    this.longestGap = longestGap;
    this.sums = new double[counters];
    this.perSecond = new double[counters];
    Arrays.fill(perSecond, Double.NaN);
  }

  /** Takes a thing's counters, and adds what is known to the sum. */
  CounterDelta read(String name, long nanos, long... now) {
    CounterDelta delta = entry(name).delta;
    delta.read(nanos, now);
    if (delta.comparable()) {
      summed = true;
      for (int i = 0; i < counters; i++) {
        sums[i] += delta.perSecond(i);
      }
    }
    return delta;
  }

  /** As {@link #read} for a thing that has no part in the sum. */
  CounterDelta readApart(String name, long nanos, long... now) {
    CounterDelta delta = entry(name).delta;
    delta.read(nanos, now);
    return delta;
  }

  /** Closes the sum, and forgets the things that were not there this time. */
  void endOfRead() {
    for (int i = 0; i < counters; i++) {
      perSecond[i] = summed ? sums[i] : Double.NaN;
      sums[i] = 0;
    }
    summed = false;
    Iterator<Entry> all = entries.values().iterator();
    while (all.hasNext()) {
      if (all.next().seen != reads) {
        all.remove();
      }
    }
    reads++;
  }

  /** The sum over the things of the last read; NaN where unknown. */
  double perSecond(int counter) {
    return perSecond[counter];
  }

  private Entry entry(String name) {
    Entry entry = entries.computeIfAbsent(name, _ -> new Entry(new CounterDelta(counters, longestGap)));
    entry.seen = reads;
    return entry;
  }

  private static final class Entry {
    final CounterDelta delta;
    long seen;

    Entry(CounterDelta delta) {
      this.delta = delta;
    }
  }
}
