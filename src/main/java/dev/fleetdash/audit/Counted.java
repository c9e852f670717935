package dev.fleetdash.audit;

import dev.fleetdash.sample.HostName;
import java.time.LocalDate;

/** Passes a report on and counts what it says. */
final class Counted implements Report {
  private final Report to;
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
    to.wrong(where, what);
  }

  @Override
  public void day(HostDay day) {
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
    to.end(outcome);
  }

  Outcome outcome(int hosts, int days, long objects, long rows) {
    return new Outcome(hosts, days, objects, rows, gaps, longest, open, wrong);
  }
}
