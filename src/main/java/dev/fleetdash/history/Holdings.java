package dev.fleetdash.history;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.hosts.HostRecords;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether an archive keeps records of hosts at all, which one that was copied in part may not.
 * Remembered for a minute, so that questions about nobody cost next to nothing. Safe for use by
 * several threads.
 */
final class Holdings {
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final Archive archive;
  private final LongSupplier nanoTime;
  private @Nullable Boolean withoutRecords;
  private long lookedAt;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  Holdings(Archive archive, LongSupplier nanoTime) {
    this.archive = archive;
    this.nanoTime = nanoTime;
  }

  /** Whether there are rows, and no record of any host. */
  synchronized boolean withoutRecords() throws IOException {
    long now = nanoTime.getAsLong();
    Boolean known = withoutRecords;
    if (known == null || now - lookedAt > MINUTE_NANOS) {
      known = new HostRecords(archive).lastDay().isEmpty() && anyRows();
      withoutRecords = known;
      lookedAt = now;
    }
    return known;
  }

  private boolean anyRows() throws IOException {
    for (String tier : List.of("v1/raw/", "v1/1s/", "v1/1m/", "v1/1h/", "v1/1d/")) {
      if (!archive.folders(tier).isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
