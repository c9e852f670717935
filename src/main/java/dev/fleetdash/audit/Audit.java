package dev.fleetdash.audit;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Retention.Ages;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.audit.Report.HostDay;
import dev.fleetdash.audit.Report.Outcome;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Audits an archive day by day. What is read first is what the rest is made from, so that a fleet
 * may go on writing meanwhile. It writes nothing. For one thread.
 */
public final class Audit {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  private final Archive archive;
  private final Ages ages;
  private final HostRecords records;
  private final Set<String> bad = new HashSet<>();
  private final Counted report;
  private final long now;
  private long rows;
  private int days;

  /**
   * @param ages after which objects may have expired
   */
  public Audit(Archive archive, Ages ages, InstantSource clock, Report report) {
    this.archive = archive;
    this.ages = ages;
    this.records = new HostRecords(archive);
    this.report = new Counted(report);
    this.now = clock.instant().getEpochSecond();
  }

  /**
   * Does it.
   *
   * @throws IOException when the archive cannot be asked; the audit is not finished then
   */
  public Outcome run(Scope scope) throws IOException, InterruptedException {
    Inventory inventory = new Inventory(archive, scope, report);
    Set<HostName> hosts = new HashSet<>();
    try (Reads reads = new Reads(archive)) {
      NavigableSet<LocalDate> all = inventory.days(HostRecords.day(now));
      int done = 0;
      for (LocalDate day : all) {
        hosts.addAll(day(inventory, reads, day, done++, all.size()));
      }
      Outcome outcome = report.outcome(hosts.size(), days, reads.objects(), rows);
      report.end(outcome);
      return outcome;
    }
  }

  private Set<HostName> day(
      Inventory inventory, Reads reads, LocalDate day, int done, int daysInAll)
      throws IOException, InterruptedException {
    Map<HostName, OneDay> hosts = new TreeMap<>();
    for (HostName host : inventory.recorded(day)) {
      hosts.put(host, oneDay(host, day));
    }
    Map<HostName, List<TierKey>> seconds = inventory.derived(Tier.SECONDS, day);
    Set<Integer> rawHours = inventory.rawHours(day);
    for (int hour = 0; hour < DAY / HOUR; hour++) {
      long start = Times.start(day) + (long) hour * HOUR;
      Set<HostName> withRaw = new HashSet<>();
      if (rawHours.contains(hour)) {
        inventory.raw(
            day,
            hour,
            (host, raw) -> {
              withRaw.add(host);
              report.next(day, host, done, daysInAll);
              known(hosts, host, day).hour(reads, start, raw);
            });
      }
      for (HostName host : having(start, seconds)) {
        if (!withRaw.contains(host)) {
          report.next(day, host, done, daysInAll);
          known(hosts, host, day).hour(reads, start, Optional::empty);
        }
      }
    }
    for (Tier tier : List.of(Tier.MINUTES, Tier.HOURS, Tier.DAYS)) {
      for (HostName host : inventory.derived(tier, day).keySet()) {
        known(hosts, host, day);
      }
    }
    Set<HostName> seen = new HashSet<>();
    for (Map.Entry<HostName, OneDay> host : hosts.entrySet()) {
      report.next(day, host.getKey(), done, daysInAll);
      if (host.getValue().finish(reads)) {
        HostDay told = host.getValue().told(now);
        seen.add(host.getKey());
        days++;
        rows += told.rows();
        report.day(told);
      }
    }
    // The rest is asked for again by other days.
    bad.removeIf(key -> key.startsWith("v1/1s/") || key.startsWith("v1/1m/"));
    return seen;
  }

  private static Set<HostName> having(long hour, Map<HostName, List<TierKey>> seconds) {
    Set<HostName> hosts = new TreeSet<>();
    seconds.forEach((host, keys) -> {
      if (keys.contains(TierKey.of(Tier.SECONDS, host, hour))) {
        hosts.add(host);
      }
    });
    return hosts;
  }

  private OneDay known(Map<HostName, OneDay> hosts, HostName host, LocalDate day)
      throws IOException {
    OneDay known = hosts.get(host);
    if (known == null) {
      known = oneDay(host, day);
      hosts.put(host, known);
    }
    return known;
  }

  private OneDay oneDay(HostName host, LocalDate day) throws IOException {
    String key = HostRecords.key(day, host);
    try {
      HostRecords.Found found = records.find(day, host);
      if (found.record().isEmpty() && found.etag().isPresent()) {
        report.wrong(key, "is no record of a host");
      }
      return new OneDay(host, day, found.record(), ages, now, report, bad);
    } catch (ArchiveException e) {
      if (e.kind() != Kind.BAD_OBJECT) {
        throw e;
      }
      report.wrong(key, RowsRead.reason(key, e));
      return new OneDay(host, day, Optional.empty(), ages, now, report, bad);
    }
  }

  /** What a finding goes on with that compaction would make good. */
  static String mend(HostName host, long ts) {
    LocalDate day = HostRecords.day(ts);
    return "; --compact --from %s --to %s --host %s makes that good"
        .formatted(day, day.plusDays(1), host);
  }

  /** Whether a flush's rows are those that its key says. */
  static Optional<String> mismatch(RawKey key, RowsRead object) {
    if (object.rows().isEmpty()) {
      return Optional.of("has no row");
    }
    RowsRead.Print first = object.rows().getFirst();
    if (first.ts() != key.ts()) {
      return Optional.of("begins with a row of " + Times.second(first.ts()));
    }
    return object.rows().stream()
        .filter(row -> row.run() != key.run())
        .findFirst()
        .map(row -> "has a row of run " + row.run());
  }
}
