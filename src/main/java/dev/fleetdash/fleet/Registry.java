package dev.fleetdash.fleet;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Who there is: the host records of today and yesterday, kept in memory. One LIST a minute, and
 * that only when it is told to; yesterday's seldom change and are listed more seldom. What was read
 * stays while the archive is away. Safe for use by several threads, of which one reads at a time.
 */
final class Registry {
  static final Duration PERIOD = Duration.ofMinutes(1);
  private static final Duration PAST_PERIOD = Duration.ofMinutes(15);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final int PAST_DAYS = 8;
  private static final int SLOWEST_PUT_SECONDS = 30;
  private static final long NEVER = Long.MIN_VALUE;

  private final HostRecords records;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Room room;
  private RecordedDay today;
  private RecordedDay yesterday;
  private long todayAt = NEVER;
  private long yesterdayAt = NEVER;
  private long failedAt = NEVER;
  private final SequencedMap<LocalDate, RecordedDay> past = new LinkedHashMap<>();
  private volatile Map<HostName, Entry> hosts = Map.of();
  private volatile Optional<String> trouble = Optional.empty();

  /**
   * A host.
   *
   * @param newest its newest record
   * @param runs of both days, in order, a run across midnight as one
   */
  record Entry(HostRecord newest, List<Run> runs) {
    Optional<Run> lastRun() {
      return runs.isEmpty() ? Optional.empty() : Optional.of(runs.getLast());
    }

    /**
     * By how many seconds the host's clock was ahead of the archive's when it wrote its record;
     * less than what a put takes counts as nothing.
     */
    long ahead() {
      long ahead = newest.known() - newest.renewed();
      boolean written = newest.state() == HostRecord.State.RUNNING;
      return written && Math.abs(ahead) > SLOWEST_PUT_SECONDS ? ahead : 0;
    }

    /** When the last run began; see {@link Run#began}. */
    Optional<Long> began() {
      return runs.isEmpty() ? Optional.empty() : Optional.of(Run.began(runs));
    }
  }

  /**
   * @param clock the archive's
   * @param nanoTime as {@link System#nanoTime}
   */
  Registry(HostRecords records, InstantSource clock, LongSupplier nanoTime, Room room) {
    this.records = records;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.room = room;
    this.today = recorded(today());
    this.yesterday = recorded(today().minusDays(1));
  }

  private RecordedDay recorded(LocalDate day) {
    return new RecordedDay(records, day, room);
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private LocalDate today() {
    return HostRecords.day(now());
  }

  /** As last read. */
  Map<HostName, Entry> hosts() {
    return hosts;
  }

  /** Why the last attempt to read did not succeed, or did not bring all hosts. */
  Optional<String> trouble() {
    return trouble;
  }

  /** Reads what is due. */
  synchronized void refresh() throws InterruptedException {
    long now = nanoTime.getAsLong();
    if (!due(failedAt, now, AFTER_FAILURE)) {
      return;
    }
    turnDay();
    try {
      if (due(todayAt, now, PERIOD)) {
        today.refresh();
        todayAt = now;
        // Shown at once: yesterday's may be many.
        merge();
      }
      if (due(yesterdayAt, now, PAST_PERIOD)) {
        yesterday.refresh();
        yesterdayAt = now;
        merge();
      }
      trouble = today.crowded().or(() -> yesterday.crowded());
      failedAt = NEVER;
    } catch (IOException e) {
      failedAt = now;
      trouble = Optional.of("the hosts' records cannot be read: " + e.getMessage());
    }
  }

  private static boolean due(long last, long now, Duration period) {
    return last == NEVER || now - last >= period.toNanos();
  }

  private void turnDay() {
    LocalDate day = today();
    if (day.equals(today.day())) {
      return;
    }
    yesterday = today.day().equals(day.minusDays(1)) ? today : recorded(day.minusDays(1));
    today = recorded(day);
    todayAt = NEVER;
    yesterdayAt = NEVER;
  }

  /** Reads the newest record of that host, which may just have said goodbye. */
  synchronized void reread(HostName host) {
    try {
      turnDay();
      today.reread(host);
      merge();
    } catch (IOException e) {
      trouble = Optional.of("the hosts' records cannot be read: " + e.getMessage());
    }
  }

  /**
   * The records of a day.
   *
   * @param trouble what is missing of them, a sentence; empty where they are whole
   */
  record Day(List<HostRecord> records, Optional<String> trouble) {}

  /** The records of a day; those of days before yesterday are read once and kept. */
  synchronized Day day(LocalDate day) throws IOException, InterruptedException {
    turnDay();
    RecordedDay of = day.equals(today.day()) ? today : yesterday;
    if (!day.equals(of.day())) {
      of = past(day);
    }
    return new Day(of.all(), of.crowded().or(of::cut));
  }

  /** As many days are kept as have room beside the two that are shown. */
  private RecordedDay past(LocalDate day) throws IOException, InterruptedException {
    RecordedDay known = past.get(day);
    if (known == null) {
      known = recorded(day);
      known.refresh();
      past.putLast(day, known);
      while (past.size() > PAST_DAYS
          || past.values().stream().mapToInt(RecordedDay::size).sum() > room.hosts()) {
        past.pollFirstEntry();
      }
    }
    return known;
  }

  /** Where there is no room for the hosts of both days, those of yesterday alone are left out. */
  private void merge() {
    Map<HostName, HostRecord> before = new HashMap<>();
    yesterday.all().forEach(record -> before.put(record.host(), record));
    Map<HostName, Entry> merged = new TreeMap<>();
    for (HostRecord record : today.all()) {
      HostRecord earlier = before.remove(record.host());
      List<Run> runs = earlier == null ? record.runs() : joined(earlier.runs(), record.runs());
      merged.put(record.host(), new Entry(record, runs));
    }
    for (HostRecord record : before.values()) {
      if (merged.size() >= room.hosts()) {
        break;
      }
      merged.put(record.host(), new Entry(record, record.runs()));
    }
    long dayAgo = now() - 86_400;
    merged.values().removeIf(entry -> goneBefore(entry, dayAgo));
    hosts = merged;
  }

  private static boolean goneBefore(Entry entry, long ts) {
    return entry.newest().state() != HostRecord.State.RUNNING
        && entry.lastRun().map(run -> run.end() < ts).orElse(true);
  }

  /**
   * Both days' runs; one that went on from one day into the next has the start of the first and the
   * end of the second.
   */
  static List<Run> joined(List<Run> before, List<Run> after) {
    List<Run> runs = new ArrayList<>(before);
    for (Run run : after) {
      int last = last(runs, run.run());
      if (last >= 0 && goesOn(runs.get(last), run)) {
        Run first = runs.get(last);
        runs.set(
            last, new Run(run.run(), first.start(), Math.max(first.end(), run.end()), run.how()));
      } else {
        runs.add(run);
      }
    }
    runs.sort(Comparator.comparingLong(Run::run));
    return List.copyOf(runs);
  }

  /** A record of yesterday may be older than the run's last word on it. */
  private static boolean goesOn(Run first, Run second) {
    return first.start() <= second.start()
        && (first.how().isEmpty() || first.how().get().equals(Run.CONTINUED));
  }

  private static int last(List<Run> runs, long run) {
    for (int i = runs.size() - 1; i >= 0; i--) {
      if (runs.get(i).run() == run) {
        return i;
      }
    }
    return -1;
  }
}
