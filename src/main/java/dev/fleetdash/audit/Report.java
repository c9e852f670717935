package dev.fleetdash.audit;

import dev.fleetdash.sample.HostName;
import java.time.LocalDate;
import java.util.List;
import java.util.OptionalDouble;

/** Is told what an audit finds, while it goes on. Texts may hold names that others have chosen. */
public interface Report {
  /**
   * Something is not as it should be.
   *
   * @param where a key, or a folder
   * @param what goes on from there
   */
  void wrong(String where, String what);

  /** How complete a host's day is. */
  void day(HostDay day);

  /**
   * A host's day is next.
   *
   * @param done days before that one
   * @param days in all
   */
  void next(LocalDate day, HostName host, int done, int days);

  /** The rest of what there is to say. */
  void end(Outcome outcome);

  /**
   * A host's UTC day.
   *
   * @param rows seconds that have one
   * @param completeness rows held by ticks expected while the host's runs were up, 0 to 1; empty
   *     where no run is known
   * @param hours those that are not complete
   * @param gaps in order
   */
  record HostDay(
      HostName host,
      LocalDate day,
      int rows,
      OptionalDouble completeness,
      List<Hour> hours,
      List<Gap> gaps) {}

  /**
   * A host's UTC hour.
   *
   * @param start epoch seconds
   */
  record Hour(long start, int rows, int expected) {}

  /**
   * Ticks without a row while a run was up.
   *
   * @param start epoch seconds
   */
  record Gap(long start, int seconds) {}

  /**
   * What was audited.
   *
   * @param days of hosts
   * @param objects that were read
   * @param rows seconds of hosts that have one
   * @param gaps how many
   * @param longest gap, seconds
   * @param open hours of hosts that are not due to be compacted yet
   * @param wrong how often something was
   */
  record Outcome(
      int hosts, int days, long objects, long rows, long gaps, int longest, long open, long wrong) {
    /** Whether there was nothing to audit. */
    public boolean isEmpty() {
      return days == 0 && wrong == 0;
    }
  }
}
