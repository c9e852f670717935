package dev.fleetdash.compact;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Registrar;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the derived tiers of this host up to date: an hour some minutes after its last flush, and
 * again whenever rows of it come late; the day when it is over. Renews the host's record with it,
 * and looks once a day for what hosts that are gone left open, where the archive keeps two who do
 * so apart. All on one thread of its own, which forgets nothing when it fails: what is due is on
 * disk.
 */
public final class Compactor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Compactor.class);

  private static final Duration TICK = Duration.ofSeconds(30);

  /** The host's record, by which others find it, comes soon after the start. */
  private static final Duration FIRST_TICK = Duration.ofSeconds(2);

  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(10);
  private static final Duration SETTLE = Duration.ofSeconds(30);
  private static final Duration SPREAD = Duration.ofMinutes(4);

  /** Hourly, with the hour compacted; where that does not get done, without it. */
  private static final Duration RENEWAL = Duration.ofMinutes(75);

  private static final Duration ORPHANS_PERIOD = Duration.ofDays(1);
  private static final Duration ORPHANS_SPREAD = Duration.ofMinutes(10);
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  private final Archive archive;
  private final HostName host;
  private final DueList due;
  private final Spool spool;
  private final Registrar registrar;
  private final HostRecords records;
  private final Compaction compaction;
  private final Orphans orphans;
  private final Duration settle;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final Part part;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("compactor").daemon().factory());
  private long next;
  private long orphansNext;
  private boolean ownDaysKnown;
  private int failures;

  /**
   * @param archive with {@link OwnArchive}'s conditions
   * @param flush how long after the end of an hour its last rows are put
   * @param clock the host's own, as its rows have it
   * @param nanoTime as {@link System#nanoTime}
   */
  public Compactor(
      Archive archive,
      Registrar registrar,
      DueList due,
      Spool spool,
      HostName host,
      Duration flush,
      InstantSource clock,
      LongSupplier nanoTime,
      RandomGenerator random,
      Telemetry telemetry) {
    this.archive = archive;
    this.host = host;
    this.due = due;
    this.spool = spool;
    this.registrar = registrar;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.random = random;
    this.records = new HostRecords(archive);
    this.compaction = new Compaction(archive, clock, telemetry);
    this.orphans =
        new Orphans(
            records,
            new Closing(records, compaction),
            Optional.of(host),
            telemetry.clocks(),
            random);
    this.settle = flush.plus(SETTLE).plus(spread(host));
    this.part = telemetry.part("compaction");
    this.next = nanoTime.getAsLong();
    this.orphansNext =
        next + Duration.ofMillis(random.nextLong(ORPHANS_SPREAD.toMillis())).toNanos();
  }

  /** Always the same for one host, so that a fleet does not compact at once. */
  private static Duration spread(HostName host) {
    return Duration.ofSeconds(Math.floorMod(31 * host.value().hashCode() + 7, SPREAD.toSeconds()));
  }

  public void start() {
    var _ =
        thread.scheduleWithFixedDelay(
            this::tick, FIRST_TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Does what is due, or after a failure nothing until it is time to try again. */
  void tick() {
    if (!isTime(next)) {
      return;
    }
    try {
      work();
      failures = 0;
      part.up();
    } catch (IOException | RuntimeException | Error e) {
      part.failing("rows stay as they were put, and charts of them take longer: " + e.getMessage());
      log.debug("compaction failed", e);
      next = nanoTime.getAsLong() + backoff().toNanos();
    }
  }

  private boolean isTime(long nanos) {
    return nanoTime.getAsLong() - nanos >= 0;
  }

  /** Half of the wait is fixed, half is random. */
  private Duration backoff() {
    long ceiling =
        Math.min(LONGEST_BACKOFF.toMillis(), TICK.toMillis() << Math.min(failures++, 16));
    return Duration.ofMillis(ceiling / 2 + random.nextLong(ceiling / 2 + 1));
  }

  private void work() throws IOException {
    registrar.check();
    long now = now();
    if (!ownDaysKnown) {
      markOwnDays(now);
      ownDaysKnown = true;
    }
    LocalDate renewed = HostRecords.day(registrar.renewed());
    if (!renewed.equals(HostRecords.day(now))) {
      registrar.renew(compactedUntil(now));
    }
    compact(now - settle.toSeconds());
    boolean hourIsDone = now / HOUR > registrar.renewed() / HOUR && noHourIsDue(now);
    if (hourIsDone || registrar.sinceRenewal().compareTo(RENEWAL) >= 0 || registrar.isOutdated()) {
      registrar.renew(compactedUntil(now));
    }
    if (archive.keepsConditions() && isTime(orphansNext)) {
      orphans.close();
      orphansNext = nanoTime.getAsLong() + ORPHANS_PERIOD.toNanos();
    }
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  /** Where the spool was lost, the records still know how far compaction got. */
  private void markOwnDays(long now) throws IOException {
    LocalDate today = HostRecords.day(now);
    for (int back = 0; back < Orphans.DAYS; back++) {
      LocalDate day = today.minusDays(back);
      Optional<HostRecord> record = records.find(day, host).record();
      if (record.isPresent() && !record.get().closed()) {
        Closing.open(record.get(), day, now).forEach(hour -> due.mark(host, hour));
        due.mark(TierKey.of(Tier.MINUTES, host, Closing.start(day)));
      }
    }
  }

  private long compactedUntil(long now) {
    long hour = now - Math.floorMod(now, HOUR);
    return due.of(Tier.SECONDS, host).stream()
        .mapToLong(first -> first.period().start())
        .reduce(hour, Math::min);
  }

  private boolean noHourIsDue(long now) {
    return due.of(Tier.SECONDS, host).stream().noneMatch(of -> of.period().end() <= now);
  }

  /**
   * Compacts what was over at that time.
   *
   * @param until epoch seconds
   */
  private void compact(long until) throws IOException {
    for (HostName of : due.hosts()) {
      Map<Long, List<Due>> days = new TreeMap<>();
      for (Due hour : due.of(Tier.SECONDS, of)) {
        long start = hour.period().start();
        if (hour.period().end() <= until && isPut(of, start)) {
          days.computeIfAbsent(start - Math.floorMod(start, DAY), _ -> new ArrayList<>()).add(hour);
        }
      }
      for (Map.Entry<Long, List<Due>> day : days.entrySet()) {
        hours(of, day.getKey(), day.getValue());
      }
      for (Due day : due.of(Tier.MINUTES, of)) {
        if (day.period().end() <= until) {
          day(of, day);
        }
      }
    }
  }

  private boolean isPut(HostName of, long hour) throws IOException {
    return spool.between(of, hour, hour + HOUR).isEmpty();
  }

  private void hours(HostName of, long day, List<Due> hours) throws IOException {
    compaction.hours(of, hours.stream().map(hour -> hour.period().start()).toList());
    due.mark(TierKey.of(Tier.MINUTES, of, day));
    hours.forEach(due::done);
  }

  private void day(HostName of, Due day) throws IOException {
    long start = day.period().start();
    compaction.day(of, start);
    boolean whole =
        due.of(Tier.SECONDS, of).stream()
            .noneMatch(hour -> day.period().covers(hour.period().start()));
    if (whole && day.period().end() <= now()) {
      records.close(
          HostRecords.day(start), of, record -> record.closedAs(record.state(), Run.KILLED, 0));
    }
    due.done(day);
  }

  /**
   * Stops, after a last word into the host's record. Where the host ends, what is open is closed
   * too, as far as it goes within {@code atMost}; the rest is for others.
   *
   * @param how a departure's reason
   */
  public boolean end(String how, boolean ofTheHost, Duration atMost) {
    Future<?> last = thread.submit(() -> last(how, ofTheHost));
    boolean done = false;
    try {
      last.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
      done = true;
    } catch (ExecutionException | TimeoutException e) {
      log.debug("last compaction did not finish", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    close();
    return done;
  }

  private Optional<Boolean> last(String how, boolean ofTheHost) throws IOException {
    registrar.end(how, ownDaysKnown ? compactedUntil(now()) : HostRecord.AS_BEFORE);
    if (ofTheHost) {
      compact(Long.MAX_VALUE);
      if (due.of(Tier.SECONDS, host).isEmpty()) {
        records.close(HostRecords.day(now()), host, record -> record.closedAs(State.ENDED, how, 0));
      }
    }
    return Optional.of(true);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
