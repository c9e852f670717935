package dev.fleetdash.history;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalDouble;

/** How much of a range there is, by what the records say of the host's runs. */
final class Completeness {
  private static final int DAY = 86_400;
  private static final Comparator<Run> BY_START = Comparator.comparingLong(Run::start);

  private Completeness() {}

  /**
   * Rows held by ticks expected, 0 to 1; empty where a day's record was not looked at or cannot be
   * read, or no run was up.
   *
   * @param rows held
   * @param last the second after the last row
   */
  static OptionalDouble of(Axis axis, long rows, long last, Days days) {
    long expected = 0;
    long end = Math.min(axis.end(), last);
    for (long day = axis.start() - Math.floorMod(axis.start(), DAY); day < end; day += DAY) {
      if (!days.looked().containsKey(HostRecords.day(day))) {
        return OptionalDouble.empty();
      }
      Days.Day of = days.of(HostRecords.day(day));
      if (of.kind() == Days.Kind.UNREADABLE || of.kind() == Days.Kind.UNKNOWN) {
        return OptionalDouble.empty();
      }
      expected += expected(of.record(), Math.max(axis.start(), day), Math.min(end, day + DAY));
    }
    return expected == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(Math.min(1, (double) rows / expected));
  }

  private static long expected(Optional<HostRecord> record, long from, long to) {
    if (record.isEmpty()) {
      return 0;
    }
    int interval = record.get().machine().sampleSeconds();
    long expected = 0;
    long counted = from;
    // Of a clock that was put back the same seconds come twice.
    for (Run run : record.get().runs().stream().sorted(BY_START).toList()) {
      long first = Math.max(counted, run.start() + startSeconds(run));
      long end = Math.min(to, run.how().isEmpty() ? to : run.end());
      expected += Math.max(0, ticks(end, interval) - ticks(first, interval));
      counted = Math.max(counted, end);
    }
    return expected;
  }

  /** A run is named by its start, where the clock was right. */
  private static long startSeconds(Run run) {
    long late = run.start() - run.run() / 1000;
    return late >= 0 && late < Runs.START_SECONDS ? Runs.START_SECONDS - late : 0;
  }

  /** Ticks before a second. */
  private static long ticks(long ts, int interval) {
    return Math.floorDiv(ts - 1, interval) + 1;
  }
}
