package dev.fleetdash.history;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says where the rows of a host are to be read so that a chart has each of them once, from as few
 * objects as possible. Of days that are long over the coarsest tier that fits is taken as it is;
 * the last ones go by their records: what is closed, what is compacted, and the rest from raw. Asks
 * nobody but {@link Days}.
 */
final class Planner {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  /** Whole days before today whose objects may still be to come. */
  static final int OPEN_DAYS = 2;

  /** What a host has left open is closed by others within so many days. */
  private static final int LAST_CLOSED_DAYS = 8;

  /** Of a host without records, hours are looked for in so much of the range. */
  private static final int GUESSED = 7 * DAY;

  /** Rows begin at most so long before their run is recorded, and end so long after. */
  private static final int BEFORE_RUN = HOUR;

  private static final int AFTER_RECORD = 3 * HOUR;

  private final HostName host;
  private final Tier coarsest;
  private final Days days;
  private final Set<Long> spooled;
  private final long now;

  /**
   * @param coarsest the tier whose rows fit into the buckets
   * @param spooled the hours of which segments wait for the archive
   * @param now epoch seconds
   */
  Planner(HostName host, Tier coarsest, Days days, Set<Long> spooled, long now) {
    this.host = host;
    this.coarsest = coarsest;
    this.days = days;
    this.spooled = Set.copyOf(spooled);
    this.now = now;
  }

  /** The first day that goes by its record. */
  static long open(Tier coarsest, long now) {
    return coarsest == Tier.SECONDS ? Long.MIN_VALUE : floor(now, DAY) - OPEN_DAYS * DAY;
  }

  /**
   * Everything from one second up to another.
   *
   * @param from at a multiple of the coarsest tier's step
   */
  List<Piece> plan(long from, long to) {
    Plan plan = new Plan(false, to);
    long open = open(coarsest, now);
    for (long day = floor(from, DAY); day < to; day += DAY) {
      long first = Math.max(from, day);
      long end = Math.min(to, day + DAY);
      if (holdsSpooled(day)) {
        aroundSpooled(plan, first, end);
      } else if (day < open) {
        plan.stored(coarsest, first, end);
      } else {
        byRecord(plan, first, end);
      }
    }
    return plan.pieces();
  }

  /** Whether anything of the host waits for the archive. */
  boolean anySpooled() {
    return !spooled.isEmpty();
  }

  /** Only what waits for the archive. */
  List<Piece> spooled(long from, long to) {
    Plan plan = new Plan(false, to);
    for (long hour : new TreeSet<>(spooled)) {
      plan.raw(hour, Math.max(from, hour), Math.min(to, hour + HOUR), false);
    }
    return plan.pieces();
  }

  /**
   * Where else the rows of a piece may be, whose object is not there or not good.
   *
   * @param absent whether it is not there
   * @param end of the range
   */
  List<Piece> instead(Piece.Stored piece, boolean absent, long end) {
    Plan plan = new Plan(absent, end);
    switch (piece.key().tier()) {
      case DAYS -> plan.stored(Tier.HOURS, piece.from(), piece.to());
      case HOURS -> {
        if (!absent || !piece.afterAbsence() || recent(piece.to())) {
          plan.stored(Tier.MINUTES, piece.from(), piece.to());
        }
      }
      case MINUTES -> {
        if (!absent || !piece.afterAbsence() || recent(piece.to())) {
          hours(plan, piece.from(), piece.to());
        }
      }
      case SECONDS -> {
        if (!absent || expected(piece, end)) {
          plan.raw(piece.key().start(), piece.from(), piece.to(), false);
        }
      }
    }
    return plan.pieces();
  }

  private boolean recent(long to) {
    return to > floor(now, DAY) - LAST_CLOSED_DAYS * DAY;
  }

  private boolean holdsSpooled(long day) {
    return spooled.stream().anyMatch(hour -> hour >= day && hour < day + DAY);
  }

  private void aroundSpooled(Plan plan, long from, long to) {
    for (long hour = floor(from, HOUR); hour < to; hour += HOUR) {
      long first = Math.max(from, hour);
      long end = Math.min(to, hour + HOUR);
      if (spooled.contains(hour)) {
        plan.raw(hour, first, end, true);
      } else if (hour < open(coarsest, now) || hour + HOUR <= days.compacted()) {
        plan.stored(atMostMinutes(), first, end);
      } else {
        byRecord(plan, first, end);
      }
    }
  }

  private Tier atMostMinutes() {
    return coarsest == Tier.SECONDS ? Tier.SECONDS : Tier.MINUTES;
  }

  /** Part of one day. */
  private void byRecord(Plan plan, long from, long to) {
    Days.Day day = days.of(HostRecords.day(from));
    switch (day.kind()) {
      case KNOWN -> byRecord(plan, day.record().orElseThrow(), from, to);
      case UNKNOWN, UNREADABLE -> {
        for (long hour = floor(from, HOUR); hour < to && hour <= now; hour += HOUR) {
          plan.raw(hour, Math.max(from, hour), Math.min(to, hour + HOUR), true);
        }
      }
      case NOT_THERE -> {
        // So it has no rows.
      }
    }
  }

  private void byRecord(Plan plan, HostRecord record, long from, long to) {
    if (record.closed()) {
      stored(plan, coarsest, record, from, to);
      return;
    }
    long compacted = Math.clamp(floor(Math.min(days.compacted(), now), HOUR), from, to);
    stored(plan, atMostMinutes(), record, from, compacted);
    for (long hour = floor(compacted, HOUR); hour < to; hour += HOUR) {
      if (hour <= Math.max(now, record.known()) && near(record, hour)) {
        plan.raw(hour, Math.max(compacted, hour), Math.min(to, hour + HOUR), true);
      }
    }
  }

  private void stored(Plan plan, Tier tier, HostRecord record, long from, long to) {
    if (tier != Tier.SECONDS) {
      plan.stored(tier, from, to);
      return;
    }
    for (long hour = floor(from, HOUR); hour < to; hour += HOUR) {
      if (near(record, hour)) {
        plan.stored(tier, Math.max(from, hour), Math.min(to, hour + HOUR));
      }
    }
  }

  /** Part of one day whose minutes cannot be had. */
  private void hours(Plan plan, long from, long to) {
    Days.Day day = days.of(HostRecords.day(from));
    switch (day.kind()) {
      case KNOWN -> stored(plan, Tier.SECONDS, day.record().orElseThrow(), from, to);
      case UNKNOWN -> {
        if (to > plan.end - GUESSED) {
          plan.stored(Tier.SECONDS, from, to);
        }
      }
      case UNREADABLE -> plan.stored(Tier.SECONDS, from, to);
      case NOT_THERE -> {
        // So it has no rows.
      }
    }
  }

  /** Whether an hour that has no object should have one. */
  private boolean expected(Piece.Stored hour, long end) {
    Days.Day day = days.of(HostRecords.day(hour.key().start()));
    return switch (day.kind()) {
      case KNOWN ->
          day.record().orElseThrow().runs().stream()
              .anyMatch(run -> run.start() < hour.key().end() && run.end() > hour.key().start());
      case UNKNOWN -> hour.to() > end - GUESSED;
      case UNREADABLE -> true;
      case NOT_THERE -> false;
    };
  }

  /** Whether the hour can have rows of one of the record's runs, of which all are roughly known. */
  private static boolean near(HostRecord record, long hour) {
    return record.runs().isEmpty()
        || record.runs().stream().anyMatch(run -> near(run, record.renewed(), hour));
  }

  private static boolean near(Run run, long renewed, long hour) {
    long end = run.how().isEmpty() ? Math.max(run.end(), renewed) : run.end();
    return hour + HOUR > run.start() - BEFORE_RUN && hour < end + AFTER_RECORD;
  }

  private static long floor(long ts, int step) {
    return ts - Math.floorMod(ts, (long) step);
  }

  /** Pieces in the making: neighbours of one tier are one as far as they are in one object. */
  private final class Plan {
    private final boolean afterAbsence;
    private final long end;
    private final List<Piece> pieces = new ArrayList<>();
    private Tier tier = Tier.SECONDS;
    private long from;
    private long to;

    Plan(boolean afterAbsence, long end) {
      this.afterAbsence = afterAbsence;
      this.end = end;
    }

    void stored(Tier of, long first, long last) {
      if (first >= last) {
        return;
      }
      if (of == tier && first == to) {
        to = last;
        return;
      }
      cut();
      tier = of;
      from = first;
      to = last;
    }

    void raw(long hour, long first, long last, boolean compactedToo) {
      pieces.add(new Piece.Raw(hour, first, last, compactedToo));
    }

    List<Piece> pieces() {
      cut();
      return List.copyOf(pieces);
    }

    private void cut() {
      objects(tier, from, to);
      from = to;
    }

    /** What a row of the tier would overhang is left to the finer ones. */
    private void objects(Tier of, long first, long last) {
      long begin = -floor(-first, of.step());
      long behind = floor(last, of.step());
      if (begin >= behind) {
        of.finer().filter(_ -> first < last).ifPresent(finer -> objects(finer, first, last));
        return;
      }
      of.finer()
          .ifPresent(finer -> {
            objects(finer, first, begin);
            objects(finer, behind, last);
          });
      for (TierKey key = TierKey.of(of, host, begin);
          key.start() < behind;
          key = TierKey.of(of, host, key.end())) {
        pieces.add(
            new Piece.Stored(
                key, Math.max(begin, key.start()), Math.min(behind, key.end()), afterAbsence));
      }
    }
  }
}
