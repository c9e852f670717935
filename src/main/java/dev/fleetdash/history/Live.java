package dev.fleetdash.history;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import java.util.OptionalLong;

/**
 * This host's own rows that need no archive.
 *
 * @param sampleSeconds the sampling interval
 * @param ring the newest rows, all of the spool's run
 * @param spool what waits for the archive
 */
public record Live(HostName host, int sampleSeconds, Ring ring, Spool spool) implements Recent {
  private static final int MINUTE = 60;

  @Override
  public OptionalLong pour(Query query, Sink into) {
    OptionalLong start = ring.start();
    if (start.isEmpty() || start.getAsLong() >= query.to()) {
      return OptionalLong.empty();
    }
    long newest = ring.newest().orElseThrow().ts();
    long from = Math.max(query.from(), first(start.getAsLong(), query.step(), newest));
    if (from >= query.to()) {
      return OptionalLong.empty();
    }
    ring.read(query.metrics(), from, query.to(), query.step(), into);
    long rows = ring.count(from, query.to());
    if (rows > 0) {
      into.rows(spool.run(), from, Math.min(query.to() - 1, newest), rows, sampleSeconds);
    }
    return OptionalLong.of(from);
  }

  private static long first(long start, int step, long newest) {
    long minute = -Math.floorDiv(-start, (long) MINUTE) * MINUTE;
    return step % MINUTE == 0 && minute <= newest ? minute : start;
  }
}
