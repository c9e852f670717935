package dev.fleetdash.history;

import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.Metric;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What was read of rollup objects, bounded in bytes; what was used longest ago goes first. Of an
 * object that is still growing only that part counts which was finished when it was read. Rows that
 * come late are seen after some minutes. Safe for use by several threads.
 */
final class RollupCache {
  private static final long MOST_BYTES = 3 << 20;
  private static final Duration AGE = Duration.ofMinutes(5);

  private final LongSupplier nanoTime;
  private final Map<Key, Held> held = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  private record Key(TierKey object, List<Metric> metrics) {}

  private record Held(RollupColumns columns, long finished, long until) {}

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  RollupCache(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What is held of the piece, all of it. */
  synchronized Optional<RollupColumns> get(Piece.Stored piece, List<Metric> metrics) {
    Held found = held.get(new Key(piece.key(), metrics));
    return found == null
            || found.finished() < piece.to()
            || nanoTime.getAsLong() - found.until() > 0
        ? Optional.empty()
        : Optional.of(found.columns());
  }

  /** Takes what was read of the piece's object, whose rows before the piece's end are finished. */
  synchronized void put(Piece.Stored piece, List<Metric> metrics, RollupColumns columns) {
    Held before =
        held.put(
            new Key(piece.key(), metrics),
            new Held(columns, piece.to(), nanoTime.getAsLong() + AGE.toNanos()));
    bytes += columns.bytes() - (before == null ? 0 : before.columns().bytes());
    Iterator<Held> oldest = held.values().iterator();
    while (bytes > MOST_BYTES) {
      bytes -= oldest.next().columns().bytes();
      oldest.remove();
    }
  }
}
