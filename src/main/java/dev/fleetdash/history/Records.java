package dev.fleetdash.history;

import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.HostRecords.Found;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.LongSupplier;

/**
 * Host records, remembered: a day that is closed and over for as long as there is room, all else
 * for some seconds, so that the charts of one page ask once. Safe for use by several threads.
 */
final class Records {
  /** Of records and of their runs, which take about as much as ten of them do. */
  private static final int MOST_RUNS = 20_480;

  private static final int RUNS_A_RECORD = 10;
  private static final Duration MAY_CHANGE = Duration.ofSeconds(10);
  private static final Duration FINAL = Duration.ofHours(1);

  private final HostRecords records;
  private final InstantSource clock;
  private final LongSupplier nanoTime;

  /** The one that was used longest ago comes first. */
  private final SequencedMap<Key, Kept> remembered = new LinkedHashMap<>(16, 0.75f, true);

  private int weight;

  private record Key(LocalDate day, HostName host) {}

  /**
   * @param until on the monotonic clock
   */
  private record Kept(Found found, long until) {}

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  Records(HostRecords records, InstantSource clock, LongSupplier nanoTime) {
    this.records = records;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  Found find(LocalDate day, HostName host) throws IOException {
    Key key = new Key(day, host);
    long now = nanoTime.getAsLong();
    synchronized (remembered) {
      Kept kept = remembered.get(key);
      if (kept != null && now - kept.until() < 0) {
        return kept.found();
      }
    }
    Found found = records.find(day, host);
    synchronized (remembered) {
      Kept before = remembered.put(key, new Kept(found, now + age(day, found).toNanos()));
      weight += weight(found) - (before == null ? 0 : weight(before.found()));
      while (weight > MOST_RUNS) {
        weight -= weight(remembered.pollFirstEntry().getValue().found());
      }
    }
    return found;
  }

  private static int weight(Found found) {
    return RUNS_A_RECORD + found.record().map(record -> record.runs().size()).orElse(0);
  }

  private Duration age(LocalDate day, Found found) {
    LocalDate today = HostRecords.day(clock.instant().getEpochSecond());
    LocalDate open = today.minusDays(Planner.OPEN_DAYS);
    boolean closed = found.record().map(record -> record.closed()).orElse(day.isBefore(open));
    boolean over = day.isBefore(today);
    return closed && over ? FINAL : MAY_CHANGE;
  }
}
