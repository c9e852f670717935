package dev.fleetdash.compact;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes what hosts that are gone have left open, as their records of the last days tell. In an
 * order of its own, so that two who do it seldom meet; where they do, both find the same. For one
 * thread.
 */
final class Orphans {
  private static final Logger log = LoggerFactory.getLogger(Orphans.class);

  /** What is older was found on an earlier day, or is found from a workstation. */
  static final int DAYS = 8;

  /** What is left for another look is found from a workstation. */
  private static final int MOST_HOSTS = 5_000;

  /** Who said goodbye closes its own day, and may need some time for it. */
  private static final Duration GOODBYE = Duration.ofMinutes(15);

  private final HostRecords records;
  private final Closing closing;
  private final Optional<HostName> self;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param self who does it, and looks after its own by other means
   */
  Orphans(
      HostRecords records,
      Closing closing,
      Optional<HostName> self,
      InstantSource clock,
      RandomGenerator random) {
    this.records = records;
    this.closing = closing;
    this.self = self;
    this.clock = clock;
    this.random = random;
  }

  /** Looks once, and closes what it finds. */
  void close() throws IOException {
    records.askTime();
    long now = clock.instant().getEpochSecond();
    Map<HostName, NavigableSet<LocalDate>> days = new HashMap<>();
    LocalDate today = HostRecords.day(now);
    for (int back = 0; back < DAYS; back++) {
      LocalDate day = today.minusDays(back);
      for (HostName host : records.hosts(day, MOST_HOSTS)) {
        if (days.size() < MOST_HOSTS || days.containsKey(host)) {
          days.computeIfAbsent(host, _ -> new TreeSet<>()).add(day);
        }
      }
    }
    self.ifPresent(days::remove);
    List<HostName> hosts = new ArrayList<>(days.keySet());
    Collections.sort(hosts);
    Collections.shuffle(hosts, java.util.Random.from(random));
    for (HostName host : hosts) {
      close(host, days.getOrDefault(host, new TreeSet<>()), now);
    }
  }

  private void close(HostName host, NavigableSet<LocalDate> days, long now) throws IOException {
    Optional<HostRecord> newest = records.find(days.last(), host).record();
    if (newest.isEmpty() || !gone(newest.get(), now)) {
      return;
    }
    for (LocalDate day : days) {
      boolean last = day.equals(days.last());
      Optional<HostRecord> record = last ? newest : records.find(day, host).record();
      if (record.isPresent() && !record.get().closed()) {
        closing.close(record.get(), day, last, now);
        log.info("closed what a host left open host={} day={}", host, day);
      }
    }
  }

  private static boolean gone(HostRecord record, long now) {
    return record.state() == State.ENDED
        ? now - record.renewed() >= GOODBYE.toSeconds()
        : !record.alive(now);
  }
}
