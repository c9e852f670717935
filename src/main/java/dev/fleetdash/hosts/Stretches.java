package dev.fleetdash.hosts;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * The seconds in which this process has been up, as its host's wall clock counted them: one
 * stretch, and another one from each moment on at which that clock was set. It is looked at with
 * each row, so that a stretch ends with its last row. Safe for use by several threads.
 */
public final class Stretches {
  /** NTP slews a clock by less than that between two looks. Both clocks are read in no time. */
  private static final Duration STEP = Duration.ofSeconds(3);

  /** Of a clock that is set again and again. A record has room for them. */
  private static final int MOST = 100;

  private static final int DAY = 86_400;

  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final List<Stretch> over = new ArrayList<>();
  private final Set<LocalDate> touched = new TreeSet<>();
  private Instant started;
  private Instant wall;
  private long nanos;
  private long start;

  /**
   * A time without a step, epoch seconds.
   *
   * @param end the second after the last one
   */
  record Stretch(long start, long end) {
    private Stretch and(Stretch next) {
      return new Stretch(Math.min(start, next.start), Math.max(end, next.end));
    }
  }

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public Stretches(InstantSource clock, LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.started = clock.instant();
    this.nanos = nanoTime.getAsLong();
    this.wall = started;
    this.start = wall.getEpochSecond();
  }

  /** Compares both clocks; answers the wall clock's second. */
  public synchronized long look() {
    Instant now = clock.instant();
    long nanosNow = nanoTime.getAsLong();
    Duration stepped = Duration.between(wall, now).minusNanos(nanosNow - nanos);
    long before = wall.getEpochSecond();
    long second = now.getEpochSecond();
    if (stepped.abs().compareTo(STEP) > 0) {
      cut(new Stretch(start, before + 1));
      start = second;
      started = started.plus(stepped);
      touched.add(HostRecords.day(before));
    } else if (Math.floorDiv(before, DAY) != Math.floorDiv(second, DAY)) {
      for (long then = before; then < second; then += DAY) {
        touched.add(HostRecords.day(then));
      }
    }
    wall = now;
    nanos = nanosNow;
    return second;
  }

  private void cut(Stretch ended) {
    over.add(ended);
    if (over.size() > MOST) {
      int at = 0;
      for (int i = 1; i + 1 < over.size(); i++) {
        at = between(i) < between(at) ? i : at;
      }
      over.set(at, over.get(at).and(over.remove(at + 1)));
    }
  }

  private long between(int i) {
    return Math.abs(over.get(i + 1).start() - over.get(i).end());
  }

  /** The first second since the clock was last set. */
  public synchronized long start() {
    return start;
  }

  /**
   * When the process started, by the clock as it goes now: what has passed since is the time that
   * it has been up.
   */
  public synchronized Instant started() {
    return started;
  }

  /** What of them goes on, whatever its day. */
  synchronized Run last(long run, Optional<String> how) {
    return new Run(run, start, Math.max(start, wall.getEpochSecond()), how);
  }

  /**
   * What of them lies on a UTC day.
   *
   * @param run this process start
   * @param how what becomes of the last one, where it ends on that day
   */
  synchronized List<Run> on(LocalDate day, long run, Optional<String> how) {
    List<Stretch> all = new ArrayList<>(over);
    all.add(new Stretch(start, Math.max(start, wall.getEpochSecond())));
    long from = day.toEpochDay() * DAY;
    long to = from + DAY;
    List<Run> runs = new ArrayList<>();
    for (Stretch of : all) {
      boolean goesOn = of.equals(all.getLast());
      long first = Math.max(from, of.start());
      long end = Math.min(to, of.end());
      if (first < end || (goesOn && first == end && first < to)) {
        boolean leaves = goesOn ? of.end() >= to : of.end() > to;
        Optional<String> word = goesOn ? how : Optional.of(Run.CLOCK_SET);
        runs.add(new Run(run, first, end, leaves ? Optional.of(Run.CONTINUED) : word));
      }
    }
    return runs;
  }

  /** The days that were left, for others or within them, since this was asked before. */
  synchronized List<LocalDate> left() {
    List<LocalDate> days = List.copyOf(touched);
    touched.clear();
    return days;
  }
}
