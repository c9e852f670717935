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
import org.jspecify.annotations.Nullable;

/**
 * What happened to hosts: made of their records, and of what this node sees. Safe for use by
 * several threads.
 */
final class Timeline {
  /** One that begins with its day may have been there the day before. */
  private static final long CONTINUED_SECONDS = 60;

  private static final int DAY = 86_400;

  /** One looks at a few; this many fill some megabytes. */
  private static final int MOST_EVENTS = 20_000;

  private static final String TOO_MANY =
      "only the newest %,d are told of; ask for a shorter time".formatted(MOST_EVENTS);

  private static final Comparator<FleetEvent> ORDER =
      Comparator.comparingLong(FleetEvent::ts).thenComparing(FleetEvent::host);

  private final Registry registry;

  Timeline(Registry registry) {
    this.registry = registry;
  }

  /** What happened in {@code [from, to)}, in order; the newest, where it is very much. */
  FleetEvents between(long from, long to, List<HostStatus> hosts)
      throws IOException, InterruptedException {
    List<FleetEvent> events = new ArrayList<>();
    Map<HostName, String> versions = new HashMap<>();
    Map<HostName, Long> lost = new HashMap<>();
    Set<Start> before = Set.of();
    Optional<String> trouble = Optional.empty();
    LocalDate last = HostRecords.day(to - 1);
    // The day before tells which versions ran.
    for (LocalDate day = HostRecords.day(from).minusDays(1);
        !day.isAfter(last);
        day = day.plusDays(1)) {
      Registry.Day of = registry.day(day);
      Set<Start> starts = new HashSet<>();
      for (HostRecord record : of.records()) {
        Optional<String> version =
            Optional.ofNullable(versions.put(record.host(), record.machine().version()));
        add(record, version, before, starts, events);
      }
      before = starts;
      trouble = trouble.or(of::trouble);
      events.stream()
          .filter(event -> event.kind() == FleetEvent.Kind.LOST)
          .forEach(event -> lost.merge(event.host(), event.ts(), Math::max));
      events.removeIf(event -> event.ts() < from || event.ts() >= to);
      if (newest(events, 2 * MOST_EVENTS)) {
        trouble = Optional.of(TOO_MANY);
      }
    }
    hosts.stream()
        .filter(host -> host.since() >= from && host.since() < to)
        .filter(host -> host.state() == State.LOST && !told(host, lost.get(host.host())))
        .map(host ->
            new FleetEvent(
                host.since(), host.host(), FleetEvent.Kind.LOST, host.reason().orElse("")))
        .forEach(events::add);
    if (newest(events, MOST_EVENTS)) {
      trouble = Optional.of(TOO_MANY);
    }
    events.sort(ORDER);
    return new FleetEvents(List.copyOf(events), trouble);
  }

  /** Whether there were more than that many; then only the newest are left. */
  private static boolean newest(List<FleetEvent> events, int most) {
    if (events.size() <= most) {
      return false;
    }
    events.sort(ORDER);
    events.subList(0, events.size() - MOST_EVENTS).clear();
    return true;
  }

  /**
   * @param lost when a record last says so
   */
  private static boolean told(HostStatus host, @Nullable Long lost) {
    return lost != null && lost >= host.runs().stream().mapToLong(Run::start).max().orElse(0);
  }

  private record Start(HostName host, long run) {}

  /**
   * @param versionBefore that of its last record
   * @param before the starts of the day before
   * @param starts gets those of this day
   */
  private static void add(
      HostRecord record,
      Optional<String> versionBefore,
      Set<Start> before,
      Set<Start> starts,
      List<FleetEvent> events) {
    String version = record.machine().version();
    boolean other = versionBefore.filter(known -> !known.equals(version)).isPresent();
    for (Run run : record.runs()) {
      Start start = new Start(record.host(), run.run());
      boolean isNew = starts.add(start) && !before.contains(start);
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
