package dev.fleetdash.audit;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RowReader;
import dev.fleetdash.sample.HostName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one object of rows has to say of its hour.
 *
 * @param rows in order, each second once
 * @param problem what is wrong with the object, if anything; rows before that are there
 */
record RowsRead(String key, List<Print> rows, Optional<String> problem) {
  private static final int HOUR = 3_600;

  /** One row: which, of which run, and what it looks like. */
  record Print(long ts, long run, long uptime, long print) {
    boolean winsOver(Print other) {
      return run != other.run ? run > other.run : uptime > other.uptime;
    }

    boolean sameAs(Print other) {
      return run == other.run && uptime == other.uptime;
    }
  }

  /**
   * Reads an object whose rows must be of that host and hour, and each later than the one before.
   */
  static RowsRead of(String key, byte[] object, HostName host, long hour) {
    Rows rows = new Rows(hour);
    try {
      new RowReader(Set.of(), RowReader.DEFAULT_MAX_BYTES).prints(key, object, host, rows::add);
      return new RowsRead(key, rows.all, Optional.ofNullable(rows.problem));
    } catch (ArchiveException e) {
      return unreadable(key, e);
    }
  }

  static RowsRead unreadable(String key, ArchiveException e) {
    return new RowsRead(key, List.of(), Optional.of(reason(key, e)));
  }

  /** Without the key, which the finding has. */
  static String reason(String key, ArchiveException e) {
    String message = String.valueOf(e.getMessage());
    return message.startsWith(key)
        ? message.substring(key.length()).replaceFirst("^:? ", "")
        : message;
  }

  private static final class Rows {
    private final long hour;
    private final List<Print> all = new ArrayList<>();
    private @org.jspecify.annotations.Nullable String problem;

    Rows(long hour) {
      this.hour = hour;
    }

    /** At most as many as an hour has seconds. */
    void add(long ts, long run, long uptime, long print) {
      if (ts < hour || ts >= hour + HOUR) {
        note("has a row of another hour, of " + Times.second(ts));
      } else if (!all.isEmpty() && ts <= all.getLast().ts()) {
        note(
            "has a row of "
                + Times.second(ts)
                + " behind one of "
                + Times.second(all.getLast().ts())
                + ": seconds are not unique and in order");
      } else {
        all.add(new Print(ts, run, uptime, print));
      }
    }

    private void note(String what) {
      problem = problem == null ? what : problem;
    }
  }
}
