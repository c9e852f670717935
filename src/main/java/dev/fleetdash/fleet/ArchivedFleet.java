package dev.fleetdash.fleet;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fleet as an archive shows it at the second of its newest row, when every host is as its
 * record and its own newest row say. Never changes. Safe for use by several threads.
 */
public final class ArchivedFleet implements Fleet {
  /** Flushed a minute at a time, and some time later; then whoever was up has a row. */
  private static final Duration LIVE = Duration.ofMinutes(5);

  private static final int DAY = 86_400;

  private final FleetView view;
  private final Timeline timeline;

  private ArchivedFleet(FleetView view, Timeline timeline) {
    this.view = view;
    this.timeline = timeline;
  }

  /**
   * Looks for the newest rows, and for the records of the day before them. Where rows have expired
   * and their rollups have not, the newest record takes their place.
   *
   * @throws IOException when the archive cannot be read, or has neither; the message is a sentence
   */
  public static ArchivedFleet read(Archive archive) throws IOException, InterruptedException {
    HostRecords records = new HostRecords(archive);
    Room room = Room.ofHeap();
    NewestRows rows = new NewestRows(archive, room);
    Map<HostName, Latest> newest = rows.read();
    OptionalLong row = newest.values().stream().mapToLong(latest -> latest.row().ts()).max();
    long until = row.isPresent() ? row.getAsLong() : lastRecordedSecond(records, archive);
    Registry registry =
        new Registry(
            records, InstantSource.fixed(Instant.ofEpochSecond(until)), System::nanoTime, room);
    registry.refresh();
    long now =
        row.orElseGet(() ->
            registry.hosts().values().stream()
                .mapToLong(entry -> entry.newest().renewed())
                .max()
                .orElse(until));
    Set<HostName> names = new TreeSet<>(newest.keySet());
    names.addAll(registry.hosts().keySet());
    List<HostStatus> hosts = new ArrayList<>();
    for (HostName host : names) {
      hosts.add(
          status(
              host,
              Optional.ofNullable(registry.hosts().get(host)),
              Optional.ofNullable(newest.get(host)),
              now));
    }
    Optional<String> trouble = registry.trouble().or(rows::crowded);
    FleetView view = new FleetView(now, nobody(names), hosts, trouble);
    return new ArchivedFleet(view, new Timeline(registry));
  }

  private static long lastRecordedSecond(HostRecords records, Archive archive) throws IOException {
    return records
        .lastDay()
        .map(day -> day.plusDays(1).toEpochDay() * DAY - 1)
        .orElseThrow(() ->
            new IOException(
                "there are no rows to look at in %s; see that FLEETDASH_ARCHIVE is what you mean"
                    .formatted(archive.location())));
  }

  /** Who looks is none of the hosts. */
  private static HostName nobody(Set<HostName> hosts) {
    HostName name = new HostName("viewer");
    for (int i = 1; hosts.contains(name); i++) {
      name = new HostName("viewer-" + i);
    }
    return name;
  }

  private static HostStatus status(
      HostName host, Optional<Registry.Entry> entry, Optional<Latest> latest, long now) {
    Optional<Run> run = entry.flatMap(Registry.Entry::lastRun);
    long row = latest.map(of -> of.row().ts()).orElse(0L);
    long heard = Math.max(row, entry.map(of -> of.newest().renewed()).orElse(0L));
    long silent = now - heard;
    HostRecord.State recorded =
        entry.map(of -> of.newest().state()).orElse(HostRecord.State.RUNNING);
    State state =
        switch (recorded) {
          case ENDED -> State.ENDED;
          case LOST -> State.LOST;
          case RUNNING ->
              silent <= LIVE.toSeconds()
                  ? State.LIVE
                  : silent <= HostRecord.HELD.toSeconds() ? State.STALE : State.LOST;
        };
    long since =
        switch (state) {
          case LIVE -> began(entry, latest, now);
          case ENDED -> run.map(Run::end).orElse(heard);
          default -> heard;
        };
    Optional<String> reason = state == State.ENDED ? run.flatMap(Run::how) : Optional.empty();
    return new HostStatus(
        host,
        state,
        reason,
        since,
        entry.map(of -> of.newest().machine()),
        entry.map(Registry.Entry::runs).orElse(List.of()),
        latest);
  }

  /** A run is called after the millisecond in which it began. */
  private static long began(Optional<Registry.Entry> entry, Optional<Latest> latest, long now) {
    long named = latest.map(of -> of.row().run() / 1000).orElse(now);
    return Math.min(now, entry.flatMap(Registry.Entry::began).orElse(named));
  }

  /** The second of the newest row. */
  public Instant now() {
    return Instant.ofEpochSecond(view.ts());
  }

  @Override
  public FleetView view() {
    return view;
  }

  /** There is nobody to ask. */
  @Override
  public void look(Collection<HostName> hosts) {}

  @Override
  public FleetEvents events(long from, long to) throws IOException, InterruptedException {
    return timeline.between(from, to, view.hosts());
  }
}
