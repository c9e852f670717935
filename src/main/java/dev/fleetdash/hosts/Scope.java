package dev.fleetdash.hosts;

import dev.fleetdash.sample.HostName;
import java.time.LocalDate;
import java.util.Optional;

/**
 * What of an archive is meant: whole UTC days.
 *
 * @param from the first day
 * @param to the day after the last
 * @param host empty: all
 */
public record Scope(LocalDate from, LocalDate to, Optional<HostName> host) {
  /** Everything there is. */
  public static final Scope ALL = new Scope(LocalDate.EPOCH, LocalDate.MAX, Optional.empty());

  public Scope {
    if (!from.isBefore(to)) {
      throw new IllegalArgumentException("nothing is asked");
    }
  }

  public boolean covers(LocalDate day) {
    return !day.isBefore(from) && day.isBefore(to);
  }

  public boolean covers(HostName of) {
    return host.isEmpty() || host.get().equals(of);
  }
}
