package dev.fleetdash.audit;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Printable;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Optional;

/**
 * Prints a report as it comes: each host's day, what is wrong where it was found, and the sum of it
 * all. For one thread.
 */
public final class PrintedReport implements Report {
  private static final long OFTEN_NANOS = 200_000_000;
  private static final int MOST_GAPS = 20;
  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream out;
  private final Optional<PrintStream> terminal;
  private long told;
  private boolean shown;

  /**
   * @param terminal where progress is shown; empty where nobody looks
   */
  public PrintedReport(PrintStream out, Optional<PrintStream> terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void wrong(String where, String what) {
    line("wrong: " + where + " " + what);
  }

  @Override
  public void day(HostDay day) {
    line(
        "%s %s: %,d rows%s"
            .formatted(
                day.day(),
                day.host(),
                day.rows(),
                day.completeness().isPresent()
                    ? ", " + percent(day.completeness().getAsDouble()) + " complete"
                    : ""));
    for (Hour hour : day.hours()) {
      line(
          "  hour %s: %,d of %,d rows, %s"
              .formatted(
                  Times.ofDay(hour.start()).substring(0, 2),
                  hour.rows(),
                  hour.expected(),
                  percent((double) hour.rows() / hour.expected())));
    }
    day.gaps().stream()
        .limit(MOST_GAPS)
        .forEach(gap ->
            line(
                "  gap from %s: %s"
                    .formatted(Times.ofDay(gap.start()), Times.length(gap.seconds()))));
    if (day.gaps().size() > MOST_GAPS) {
      line("  and %d more gaps".formatted(day.gaps().size() - MOST_GAPS));
    }
  }

  /** Rounded down, so that only what is whole is 100 %. */
  private static String percent(double ratio) {
    return String.format(Locale.ROOT, "%.2f %%", Math.floor(ratio * 10_000) / 100);
  }

  @Override
  public void next(LocalDate day, HostName host, int done, int days) {
    long now = System.nanoTime();
    if (terminal.isPresent() && now - told >= OFTEN_NANOS) {
      told = now;
      shown = true;
      terminal.get().printf("%s%s %s, %d of %d days done", CLEAR, day, host, done, days);
      terminal.get().flush();
    }
  }

  @Override
  public void end(Outcome outcome) {
    line(
        "audited: %,d days of %,d hosts, %,d objects, %,d rows"
            .formatted(outcome.days(), outcome.hosts(), outcome.objects(), outcome.rows()));
    line(
        outcome.gaps() == 0
            ? "gaps: none"
            : "gaps: %,d, the longest of %s"
                .formatted(outcome.gaps(), Times.length(outcome.longest())));
    if (outcome.open() > 0) {
      line("not due to be compacted yet: %,d hours and days of hosts".formatted(outcome.open()));
    }
    line(outcome.wrong() == 0 ? "wrong: nothing" : "wrong: %,d".formatted(outcome.wrong()));
  }

  private void line(String text) {
    if (shown) {
      terminal.ifPresent(to -> to.print(CLEAR));
      terminal.ifPresent(PrintStream::flush);
      shown = false;
    }
    out.println(Printable.text(text));
  }
}
