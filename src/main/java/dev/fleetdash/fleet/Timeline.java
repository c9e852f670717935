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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What happened to hosts: made of their records, and of what this node sees. Safe for use by
 * several threads.
 */
final class Timeline {
  /** One that begins with its day may have been there the day before. */
  private static final long CONTINUED_SECONDS = 60;

  private static final int DAY = 86_400;

  private final Registry registry;

  Timeline(Registry registry) {
    this.registry = registry;
  }

  /** What happened in {@code [from, to)}, in order. */
  List<FleetEvent> between(long from, long to, List<HostStatus> hosts)
      throws IOException, InterruptedException {
    List<FleetEvent> events = new ArrayList<>();
    Map<HostName, String> versions = new HashMap<>();
    Set<Start> starts = new HashSet<>();
    LocalDate last = HostRecords.day(to - 1);
    // The day before tells which versions ran.
    for (LocalDate day = HostRecords.day(from).minusDays(1);
        !day.isAfter(last);
        day = day.plusDays(1)) {
      for (HostRecord record : registry.day(day)) {
        add(
            record,
            Optional.ofNullable(versions.put(record.host(), record.machine().version())),
            starts,
            events);
      }
    }
    for (HostStatus host : hosts) {
      if (host.state() == State.LOST && events.stream().noneMatch(event -> lost(event, host))) {
        events.add(
            new FleetEvent(
                host.since(), host.host(), FleetEvent.Kind.LOST, host.reason().orElse("")));
      }
    }
    events.removeIf(event -> event.ts() < from || event.ts() >= to);
    events.sort(Comparator.comparingLong(FleetEvent::ts).thenComparing(FleetEvent::host));
    return List.copyOf(events);
  }

  private static boolean lost(FleetEvent event, HostStatus host) {
    return event.kind() == FleetEvent.Kind.LOST
        && event.host().equals(host.host())
        && event.ts() >= host.runs().stream().mapToLong(Run::start).max().orElse(0);
  }

  private record Start(HostName host, long run) {}

  private static void add(
      HostRecord record, Optional<String> before, Set<Start> starts, List<FleetEvent> events) {
    String version = record.machine().version();
    boolean other = before.filter(known -> !known.equals(version)).isPresent();
    for (Run run : record.runs()) {
      boolean isNew = starts.add(new Start(record.host(), run.run()));
      if (isNew && !goesOn(run)) {
        events.add(new FleetEvent(run.start(), record.host(), FleetEvent.Kind.LAUNCHED, version));
      }
      run.how()
          .filter(_ -> !run.wentOn())
          .ifPresent(how ->
              events.add(
                  new FleetEvent(
                      run.end(),
                      record.host(),
                      how.equals(Run.LOST) ? FleetEvent.Kind.LOST : FleetEvent.Kind.ENDED,
                      how)));
    }
    if (other && !record.runs().isEmpty()) {
      events.add(
          new FleetEvent(
              record.runs().getLast().start(), record.host(), FleetEvent.Kind.VERSION, version));
    }
  }

  /** Whether it was there the day before, of which the record may be missing. */
  private static boolean goesOn(Run run) {
    return run.start() % DAY == 0 && run.start() - run.run() / 1000 >= CONTINUED_SECONDS;
  }
}
