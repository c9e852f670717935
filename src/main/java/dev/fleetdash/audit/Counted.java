package dev.fleetdash.audit;

import dev.fleetdash.sample.HostName;
import java.time.LocalDate;

/**
 * Passes a report on and counts what it says. Of what is wrong in one folder it passes on as much
 * as somebody reads, and then how much more there is.
 */
final class Counted implements Report {
  private static final int MOST_IN_A_FOLDER = 100;

  private final Report to;
  private String folder = "";
  private long inFolder;
  private long wrong;
  private long open;
  private long gaps;
  private int longest;

  Counted(Report to) {
    this.to = to;
  }

  /** An hour, or the day of a host, is not due to be compacted yet. */
  void open() {
    open++;
  }

  @Override
  public void wrong(String where, String what) {
    wrong++;
    String of = where.substring(0, where.lastIndexOf('/') + 1);
    if (!of.equals(folder)) {
      tellRest();
      folder = of;
    }
    if (++inFolder <= MOST_IN_A_FOLDER) {
      to.wrong(where, what);
    }
  }

  private void tellRest() {
    if (inFolder > MOST_IN_A_FOLDER) {
      to.wrong(folder, "has %,d more that are wrong".formatted(inFolder - MOST_IN_A_FOLDER));
    }
    inFolder = 0;
  }

  @Override
  public void day(HostDay day) {
    tellRest();
    for (Gap gap : day.gaps()) {
      gaps++;
      longest = Math.max(longest, gap.seconds());
    }
    to.day(day);
  }

  @Override
  public void next(LocalDate day, HostName host, int done, int days) {
    to.next(day, host, done, days);
  }

  @Override
  public void end(Outcome outcome) {
    tellRest();
    to.end(outcome);
  }

  Outcome outcome(int hosts, int days, long objects, long rows) {
    return new Outcome(hosts, days, objects, rows, gaps, longest, open, wrong);
  }
}
