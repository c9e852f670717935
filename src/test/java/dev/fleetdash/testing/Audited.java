package dev.fleetdash.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Retention.Ages;
import dev.fleetdash.audit.Audit;
import dev.fleetdash.audit.Report;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an audit said of an archive. */
public final class Audited implements Report {
  private static final Ages AGES =
      new Ages(
          Duration.ofDays(40),
          Duration.ofDays(400),
          Duration.ofDays(730),
          Duration.ofDays(3650),
          Duration.ofDays(3650));

  public final List<String> wrong = new ArrayList<>();
  public final List<HostDay> days = new ArrayList<>();
  private @Nullable Outcome outcome;

  private Audited() {}

  /** Audits all of it, as of a moment. */
  public static Audited at(Instant now, Archive archive, Scope scope) throws IOException {
    Audited audited = new Audited();
    try {
      var _ = new Audit(archive, AGES, InstantSource.fixed(now), audited).run(scope);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return audited;
  }

  /** Fails unless the archive is as it should be, two days after that moment at the latest. */
  public static void assertFine(Archive archive, InstantSource clock) throws IOException {
    Audited audited = at(clock.instant().plus(Duration.ofDays(2)), archive, Scope.ALL);
    assertThat(audited.wrong).isEmpty();
    assertThat(audited.outcome().isEmpty()).isFalse();
    assertThat(audited.outcome().open()).isZero();
  }

  public Outcome outcome() {
    Outcome known = outcome;
    if (known == null) {
      throw new IllegalStateException("not finished");
    }
    return known;
  }

  @Override
  public void wrong(String where, String what) {
    wrong.add(where + " " + what);
  }

  @Override
  public void day(HostDay day) {
    days.add(day);
  }

  @Override
  public void next(LocalDate day, HostName host, int done, int inAll) {}

  @Override
  public void end(Outcome of) {
    outcome = of;
  }
}
