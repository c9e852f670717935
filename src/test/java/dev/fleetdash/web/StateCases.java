package dev.fleetdash.web;

import static dev.fleetdash.web.SampleHost.NOON;

import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.util.List;
import java.util.Optional;

/** What the server's pages and the browser's scripts both have to say of a host's state. */
final class StateCases {
  /** A {@code _} in the text is a no-break space. */
  record Case(HostStatus status, long now, String text) {}

  private StateCases() {}

  static List<Case> all() {
    return List.of(
        of(State.LIVE, "", NOON - 600, NOON + 1, "live"),
        of(State.STALE, "", NOON, NOON + 5, "stale, 5_s"),
        of(State.STALE, "slow", NOON, NOON + 65, "stale, 1_min 5_s: slow"),
        of(
            State.UNREACHABLE,
            "its clock is 45 s ahead",
            NOON,
            NOON + 200,
            "unreachable for 3_min: its clock is 45 s ahead"),
        of(State.LOST, "", NOON + 180, NOON + 7_400, "lost 2_h ago"),
        of(State.ENDED, "scale_in", NOON, NOON + 185, "ended 3_min ago: scale_in"),
        of(State.ENDED, "", NOON, NOON + 86_400, "ended 1_d ago"),
        of(State.UNKNOWN, "", NOON, NOON + 600, "unknown: the archive cannot be read"),
        of(State.UNKNOWN, "access denied", NOON, NOON + 600, "unknown: access denied"),
        new Case(
            SampleHost.status("web-1", State.STALE, "", NOON, Optional.empty()),
            NOON,
            "stale, no row yet"),
        new Case(
            SampleHost.status("web-1", State.LIVE, "", NOON, Optional.empty()),
            NOON,
            "live, no row yet"));
  }

  private static Case of(State state, String reason, long since, long now, String text) {
    Row row = Row.at(NOON, new HostName("web-1"), 1).build();
    return new Case(
        SampleHost.status("web-1", state, reason, since, Optional.of(row)),
        now,
        text.replace('_', '\u00a0').replace("scale\u00a0in", "scale_in"));
  }
}
