package dev.fleetdash.fleet;

import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What happened to hosts: made of their records, and of what this node sees. Safe for use by
 * several threads.
 */
public final class Timeline {
  /** A run that began so much later than its name says was already there the day before. */
  private static final long CONTINUED_SECONDS = 60;

  private final LiveFleet fleet;

  public Timeline(LiveFleet fleet) {
    this.fleet = fleet;
  }

  /** What happened. */
  public enum Kind {
    LAUNCHED,
    /** It runs another version than before. */
    VERSION,
    ENDED,
    LOST;

    /** As in JSON. */
    public String text() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Something that happened to a host.
   *
   * @param ts epoch seconds
   * @param detail a version, or the reason of an end
   */
  public record Event(long ts, HostName host, Kind kind, String detail) {}

  /** What happened in {@code [from, to)}, in order. */
  public List<Event> between(long from, long to) throws IOException, InterruptedException {
    List<Event> events = new ArrayList<>();
    Map<HostName, String> versions = new HashMap<>();
    LocalDate last = HostRecords.day(to - 1);
    // The day before tells which versions ran.
    for (LocalDate day = HostRecords.day(from).minusDays(1);
        !day.isAfter(last);
        day = day.plusDays(1)) {
      for (HostRecord record : fleet.records(day)) {
        add(
            record,
            Optional.ofNullable(versions.put(record.host(), record.machine().version())),
            events);
      }
    }
    for (HostStatus host : fleet.view().hosts()) {
      if (host.state() == State.LOST && events.stream().noneMatch(event -> lost(event, host))) {
        events.add(new Event(host.since(), host.host(), Kind.LOST, host.reason().orElse("")));
      }
    }
    events.removeIf(event -> event.ts() < from || event.ts() >= to);
    events.sort(Comparator.comparingLong(Event::ts).thenComparing(Event::host));
    return List.copyOf(events);
  }

  private static boolean lost(Event event, HostStatus host) {
    return event.kind() == Kind.LOST
        && event.host().equals(host.host())
        && event.ts() >= host.runs().stream().mapToLong(Run::start).max().orElse(0);
  }

  private static void add(HostRecord record, Optional<String> before, List<Event> events) {
    String version = record.machine().version();
    boolean other = before.filter(known -> !known.equals(version)).isPresent();
    for (Run run : record.runs()) {
      boolean begins = run.start() - run.run() / 1000 < CONTINUED_SECONDS;
      if (begins) {
        events.add(new Event(run.start(), record.host(), Kind.LAUNCHED, version));
      }
      run.how()
          .filter(how -> !how.equals(Run.CONTINUED))
          .ifPresent(how ->
              events.add(
                  new Event(
                      run.end(),
                      record.host(),
                      how.equals(Run.LOST) ? Kind.LOST : Kind.ENDED,
                      how)));
    }
    if (other && !record.runs().isEmpty()) {
      events.add(new Event(record.runs().getLast().start(), record.host(), Kind.VERSION, version));
    }
  }
}
