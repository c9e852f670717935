package dev.fleetdash.compact;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecord.State;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** Finishes one day of a host that has left it open. For one thread. */
final class Closing {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  /** Rows come at most so long after the record was renewed, which is done hourly. */
  private static final int LAST_ROWS = 3 * HOUR;

  private final HostRecords records;
  private final Compaction compaction;

  Closing(HostRecords records, Compaction compaction) {
    this.records = records;
    this.compaction = compaction;
  }

  /**
   * Closes what the record says is open.
   *
   * @param last whether the host has no later record
   */
  void close(HostRecord record, LocalDate day, boolean last, long now) throws IOException {
    long start = start(day);
    long until = last ? Math.min(now, record.known() + LAST_ROWS) : start + DAY;
    close(record.host(), day, open(record, day, until), last, now);
  }

  /** The first seconds of the day's hours that are not known to be compacted, up to a second. */
  static List<Long> open(HostRecord record, LocalDate day, long until) {
    long start = start(day);
    List<Long> hours = new ArrayList<>();
    for (long hour = start; hour < Math.min(until, start + DAY); hour += HOUR) {
      if (hour + HOUR > record.compacted()) {
        hours.add(hour);
      }
    }
    return hours;
  }

  /**
   * Closes a day of which these hours are open.
   *
   * @param last whether the host has no later record
   */
  void close(HostName host, LocalDate day, List<Long> hours, boolean last, long now)
      throws IOException {
    long end = hours.isEmpty() ? 0 : compaction.hours(host, hours);
    compaction.day(host, start(day));
    records.close(
        day,
        host,
        record -> {
          boolean lost = last && record.state() == State.RUNNING && !record.alive(now);
          return lost
              ? record.closedAs(State.LOST, Run.LOST, end)
              : record.closedAs(record.state(), Run.KILLED, end);
        });
  }

  static long start(LocalDate day) {
    return day.toEpochDay() * DAY;
  }
}
