package dev.fleetdash.audit;

import dev.fleetdash.audit.Report.Gap;
import dev.fleetdash.audit.Report.Hour;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** How many of a host's ticks of one UTC day have a row, as far as its record tells of its runs. */
final class Coverage {
  private static final int DAY = 86_400;
  private static final int HOUR = 3_600;

  /** A process needs so long for its first row, and stops sampling so long before its end. */
  private static final int EDGE = 5;

  /** What was flushed last may be on its way. */
  private static final int ON_THE_WAY = 600;

  private final long start;
  private final int tick;
  private final BitSet expected = new BitSet(DAY);
  private final BitSet held;

  /**
   * @param held seconds of the day that have a row
   */
  Coverage(LocalDate day, Optional<HostRecord> record, BitSet held, long now) {
    this.start = Times.start(day);
    this.held = held;
    this.tick = record.map(of -> of.machine().sampleSeconds()).orElse(1);
    record.ifPresent(of -> of.runs().forEach(run -> expect(run, now - ON_THE_WAY)));
  }

  private void expect(Run run, long until) {
    int from = Math.clamp(run.start() - start, 0, DAY);
    int to = Math.clamp(Math.min(run.end(), until) - start, 0, DAY);
    int first = held.nextSetBit(from);
    if (run.start() > start && first >= 0 && first - from <= EDGE) {
      from = first;
    }
    int last = to > from ? held.previousSetBit(to - 1) : -1;
    if (run.end() < start + DAY && last >= from && to - last <= EDGE + tick) {
      to = last + 1;
    }
    for (int second = Math.ceilDiv(from, tick) * tick; second < to; second += tick) {
      expected.set(second);
    }
  }

  OptionalDouble completeness() {
    return expected.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) both(0, DAY) / expected.cardinality());
  }

  private int both(int from, int to) {
    BitSet both = expected.get(from, to);
    both.and(held.get(from, to));
    return both.cardinality();
  }

  /** Those in which a tick has no row. */
  List<Hour> incomplete() {
    List<Hour> hours = new ArrayList<>();
    for (int hour = 0; hour < DAY; hour += HOUR) {
      int wanted = expected.get(hour, hour + HOUR).cardinality();
      int rows = both(hour, hour + HOUR);
      if (rows < wanted) {
        hours.add(new Hour(start + hour, rows, wanted));
      }
    }
    return hours;
  }

  /** Expected ticks without a row, those without one between put together. */
  List<Gap> gaps() {
    BitSet missing = (BitSet) expected.clone();
    missing.andNot(held);
    List<Gap> gaps = new ArrayList<>();
    int from = missing.nextSetBit(0);
    while (from >= 0) {
      int to = from;
      while (to + tick < DAY && missing.get(to + tick)) {
        to += tick;
      }
      gaps.add(new Gap(start + from, to - from + tick));
      from = missing.nextSetBit(to + 1);
    }
    return gaps;
  }

  Report.HostDay day(HostName host, LocalDate day) {
    return new Report.HostDay(host, day, held.cardinality(), completeness(), incomplete(), gaps());
  }
}
