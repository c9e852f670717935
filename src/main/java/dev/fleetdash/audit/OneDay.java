package dev.fleetdash.audit;

import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Retention.Ages;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One host's UTC day under audit. For one thread. */
final class OneDay {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  /** After that somebody should have closed what a host left open. */
  private static final Duration CLOSED = Duration.ofHours(36);

  private final HostName host;
  private final LocalDate day;
  private final Optional<HostRecord> record;
  private final Ages ages;
  private final long now;
  private final Counted report;
  private final BitSet held = new BitSet(DAY);

  /** Hours whose minutes were compared, or cannot be. */
  private final BitSet compared = new BitSet();

  private final Set<String> unreadable;
  private boolean any;

  /**
   * @param unreadable keys of objects that were found bad, of all days
   */
  OneDay(
      HostName host,
      LocalDate day,
      Optional<HostRecord> record,
      Ages ages,
      long now,
      Counted report,
      Set<String> unreadable) {
    this.host = host;
    this.day = day;
    this.record = record;
    this.ages = ages;
    this.now = now;
    this.report = report;
    this.unreadable = unreadable;
    this.any = record.isPresent();
  }

  /** Whether the hour's rows should be in the derived tiers. */
  private boolean finished(long hour) {
    return record.filter(of -> of.closed() || hour + HOUR <= of.compacted()).isPresent()
        || now - (hour + HOUR) > CLOSED.toSeconds();
  }

  /** Whether the day should be summed up. */
  private boolean finished() {
    return record.filter(HostRecord::closed).isPresent()
        || now - (start() + DAY) > CLOSED.toSeconds();
  }

  private long start() {
    return Times.start(day);
  }

  /** Audits an hour: raw, the compacted hour, and its minutes. */
  void hour(Reads reads, long hour, Inventory.Raw raw) throws IOException, InterruptedException {
    any = true;
    SecondsAudit seconds = new SecondsAudit(hour);
    raw(reads, hour, raw, seconds);
    TierKey key = TierKey.of(Tier.SECONDS, host, hour);
    Optional<byte[]> object = get(reads, key, false);
    boolean readable = !unreadable.contains(key.text());
    if (object.isPresent()) {
      RowsRead compacted = RowsRead.of(key.text(), object.get(), host, hour);
      compacted.problem().ifPresent(what -> bad(key, what));
      seconds.compacted(compacted);
      readable = compacted.problem().isEmpty();
    }
    seconds.mark(held, (int) (hour - start()));
    if (readable) {
      compare(key, seconds);
      minutes(reads, key, object);
    } else {
      compared.set((int) (hour - start()) / HOUR);
      read(reads, TierKey.of(Tier.MINUTES, host, start()));
    }
  }

  /** There is nothing good to compare it with. */
  private void read(Reads reads, TierKey key) throws IOException {
    if (!unreadable.contains(key.text())) {
      Optional<byte[]> object = get(reads, key, settled(key));
      try {
        if (object.isPresent()) {
          any |= !RollupRows.of(key, object.get(), start(), start() + DAY).isEmpty();
        }
      } catch (ArchiveException e) {
        bad(key, RowsRead.reason(key.text(), e));
      }
    }
  }

  private void raw(Reads reads, long hour, Inventory.Raw raw, SecondsAudit seconds)
      throws IOException, InterruptedException {
    Reads.Several<RowsRead> several =
        reads
        .new Several<>(
            (key, object) -> RowsRead.of(key, object, host, hour), read -> raw(read, seconds));
    for (Optional<Listed> next = raw.next(); next.isPresent(); next = raw.next()) {
      Listed object = next.get();
      if (object.size() > Reads.MOST_BYTES) {
        report.wrong(object.key(), "is larger than " + (Reads.MOST_BYTES >> 20) + " MiB");
      } else {
        several.read(object);
      }
    }
    several.end();
  }

  private void raw(RowsRead read, SecondsAudit seconds) {
    Optional<String> problem =
        read.problem().or(() -> Audit.mismatch(RawKey.parse(read.key()).orElseThrow(), read));
    problem.ifPresent(what -> report.wrong(read.key(), what));
    seconds.raw(read);
  }

  private void compare(TierKey key, SecondsAudit seconds) {
    BitSet lacking = seconds.lacking();
    if (!lacking.isEmpty() && !finished(key.start())) {
      report.open();
    } else if (!lacking.isEmpty()) {
      report.wrong(
          key.text(),
          "lacks %d rows that raw has, the first of %s%s"
              .formatted(
                  lacking.cardinality(), first(key, lacking), Audit.mend(host, key.start())));
    }
    BitSet other = seconds.other();
    if (!other.isEmpty()) {
      report.wrong(
          key.text(),
          "has %d rows that differ from raw, the first of %s"
              .formatted(other.cardinality(), first(key, other)));
    }
  }

  private static String first(TierKey key, BitSet seconds) {
    return Times.second(key.start() + seconds.nextSetBit(0));
  }

  private void minutes(Reads reads, TierKey hour, Optional<byte[]> object) throws IOException {
    compared.set((int) (hour.start() - start()) / HOUR);
    rollup(reads, Tier.MINUTES, hour, object, finished(hour.start()), ages.seconds());
  }

  /** Audits the rest; answers whether there was anything of the day. */
  boolean finish(Reads reads) throws IOException {
    for (int hour = 0; hour < DAY / HOUR; hour++) {
      if (!compared.get(hour)) {
        TierKey key = TierKey.of(Tier.SECONDS, host, start() + (long) hour * HOUR);
        rollup(reads, Tier.MINUTES, key, Optional.empty(), true, ages.seconds());
      }
    }
    for (Tier tier : List.of(Tier.HOURS, Tier.DAYS)) {
      TierKey finer = TierKey.of(tier.finer().orElseThrow(), host, start());
      Optional<byte[]> object = get(reads, finer, settled(finer));
      if (!unreadable.contains(finer.text())) {
        Duration age = tier == Tier.HOURS ? ages.minutes() : ages.hours();
        rollup(reads, tier, finer, object, finished(), age);
      } else {
        read(reads, TierKey.of(tier, host, start()));
      }
    }
    return any;
  }

  private void rollup(
      Reads reads,
      Tier tier,
      TierKey finer,
      Optional<byte[]> object,
      boolean finished,
      Duration age)
      throws IOException {
    TierKey key = TierKey.of(tier, host, finer.tier() == Tier.SECONDS ? finer.start() : start());
    Optional<byte[]> present = get(reads, key, settled(key));
    if (unreadable.contains(key.text())) {
      return;
    }
    long from = finer.tier() == Tier.SECONDS ? finer.start() : start();
    long to = from + (finer.tier() == Tier.SECONDS ? HOUR : DAY);
    boolean expired = now - from > age.toSeconds();
    RollupAudit audit = new RollupAudit(key, report, finished, expired);
    switch (audit.compare(present, finer, object, from, to)) {
      case OPEN -> report.open();
      case UNREADABLE -> unreadable.add(key.text());
      case DONE -> {
        // What is wrong was told.
      }
    }
    any |= audit.any();
  }

  /** Whether nobody is going to write it any more. */
  private boolean settled(TierKey key) {
    return now - key.end() > CLOSED.toSeconds();
  }

  private Optional<byte[]> get(Reads reads, TierKey key, boolean settled) throws IOException {
    try {
      return settled ? reads.getSettled(key.text()) : reads.get(key.text());
    } catch (ArchiveException e) {
      if (e.kind() != Kind.BAD_OBJECT) {
        throw e;
      }
      bad(key, RowsRead.reason(key.text(), e));
      return Optional.empty();
    }
  }

  private void bad(TierKey key, String what) {
    if (unreadable.add(key.text())) {
      report.wrong(key.text(), what);
    }
  }

  Report.HostDay told(long at) {
    boolean expired = held.isEmpty() && at - start() > ages.seconds().toSeconds();
    return new Coverage(day, expired ? Optional.empty() : record, held, at).day(host, day);
  }
}
