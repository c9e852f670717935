package dev.fleetdash.web;

import dev.fleetdash.fleet.Fleet;
import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.fleet.Latest;
import dev.fleetdash.fleet.State;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The live streams of the fleet and of other hosts. What is sent is looked up and encoded once a
 * second for all clients together, and only while there are any. Called by one thread, that of
 * {@link Streams}.
 */
final class FleetStreams {
  private final Fleet fleet;
  private final InstantSource clock;
  private final Map<Stream, List<HostName>> viewers = new HashMap<>();

  /** Those who missed an event, and get everything next time. */
  private final Set<Stream> behind = new HashSet<>();

  private final Map<HostName, Line> lines = new HashMap<>();

  /**
   * All lines as an event, until one changes: all who begin meanwhile have the same bytes. Of a
   * thousand hosts these are 90 kB, which each client keeps until it has read them.
   */
  private byte @Nullable [] everything;

  private final Map<HostName, Followers> followed = new HashMap<>();

  /** A host as it was last sent. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Line(State state, Optional<String> reason, long ts, long run, byte[] json) {
    boolean shows(HostStatus host) {
      Optional<Row> row = host.latest().map(Latest::row);
      return state == host.state()
          && reason.equals(host.reason())
          && ts == row.map(Row::ts).orElse(0L)
          && run == row.map(Row::run).orElse(0L);
    }
  }

  /** The clients of one host. */
  private static final class Followers {
    private final Set<Stream> streams = new HashSet<>();
    private long sent;
  }

  FleetStreams(Fleet fleet, InstantSource clock) {
    this.fleet = fleet;
    this.clock = clock;
  }

  /**
   * Begins to send the fleet.
   *
   * @param onScreen whom the client shows, and so wants to have news of each second
   */
  void begin(Stream stream, List<HostName> onScreen, long nowNanos) {
    fleet.look(onScreen);
    viewers.put(stream, onScreen);
    if (lines.isEmpty()) {
      changed(fleet.view());
    }
    stream.begin(List.of(Streams.RETRY, everything()), null, nowNanos);
  }

  private byte[] everything() {
    byte[] event = everything;
    if (event == null) {
      event = event(lines.values());
      everything = event;
    }
    return event;
  }

  /** Begins to send the rows of one host, which is not this one. */
  void begin(Stream stream, HostName host, OptionalLong lastSeen, long nowNanos) {
    Followers followers = followed.get(host);
    List<Row> rows = new ArrayList<>(fleet.follow(host, lastSeen.orElse(0)));
    if (lastSeen.isEmpty()) {
      rows.clear();
    }
    if (rows.isEmpty()) {
      newest(host).ifPresent(rows::add);
    }
    if (followers == null) {
      followers = new Followers();
      followers.sent = rows.isEmpty() ? 0 : rows.getLast().ts();
      followed.put(host, followers);
    }
    // What comes after that comes with the next beat.
    long sent = followers.sent;
    rows.removeIf(row -> row.ts() > sent);
    followers.streams.add(stream);
    List<byte[]> events = new ArrayList<>(List.of(Streams.RETRY));
    rows.forEach(row -> events.add(Streams.event(row)));
    stream.begin(events, rows.isEmpty() ? null : rows.getLast(), nowNanos);
  }

  private Optional<Row> newest(HostName host) {
    return fleet.view().hosts().stream()
        .filter(one -> one.host().equals(host))
        .findFirst()
        .flatMap(HostStatus::latest)
        .map(Latest::row);
  }

  void left(Stream stream) {
    viewers.remove(stream);
    behind.remove(stream);
    followed.values().forEach(followers -> followers.streams.remove(stream));
    followed.values().removeIf(followers -> followers.streams.isEmpty());
    if (viewers.isEmpty()) {
      lines.clear();
      everything = null;
    }
  }

  /**
   * Sends what is new.
   *
   * @return how many events were not sent, because clients were too slow
   */
  long beat(long nowNanos) {
    return beatFleet(nowNanos) + beatHosts(nowNanos);
  }

  private long beatFleet(long nowNanos) {
    if (viewers.isEmpty()) {
      return 0;
    }
    Set<HostName> onScreen = new HashSet<>();
    viewers.values().forEach(onScreen::addAll);
    fleet.look(onScreen);
    List<Line> changed = changed(fleet.view());
    if (changed.isEmpty() && behind.isEmpty()) {
      return 0;
    }
    byte[] news = event(changed);
    long skipped = 0;
    for (Stream stream : viewers.keySet()) {
      byte[] event = news;
      if (behind.contains(stream)) {
        event = everything();
      }
      if (stream.offer(event, nowNanos)) {
        behind.remove(stream);
      } else {
        behind.add(stream);
        skipped++;
      }
    }
    return skipped;
  }

  private List<Line> changed(FleetView view) {
    List<Line> changed = new ArrayList<>();
    for (HostStatus host : view.hosts()) {
      Line before = lines.get(host.host());
      if (before == null || !before.shows(host)) {
        Optional<Row> row = host.latest().map(Latest::row);
        Line now =
            new Line(
                host.state(),
                host.reason(),
                row.map(Row::ts).orElse(0L),
                row.map(Row::run).orElse(0L),
                FleetJson.line(host));
        lines.put(host.host(), now);
        everything = null;
        changed.add(now);
      }
    }
    return changed;
  }

  private byte[] event(Iterable<Line> of) {
    long ts = clock.instant().getEpochSecond();
    ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
    write(out, "id: " + ts + "\ndata: {\"ts\":" + ts + ",\"hosts\":[");
    boolean first = true;
    for (Line line : of) {
      if (!first) {
        out.write(',');
      }
      first = false;
      out.writeBytes(line.json());
    }
    write(out, "]}\n\n");
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private long beatHosts(long nowNanos) {
    long skipped = 0;
    for (Map.Entry<HostName, Followers> host : followed.entrySet()) {
      Followers followers = host.getValue();
      for (Row row : fleet.follow(host.getKey(), followers.sent)) {
        byte[] event = Streams.event(row);
        followers.sent = row.ts();
        for (Stream stream : followers.streams) {
          skipped += stream.offer(row, event, nowNanos) ? 0 : 1;
        }
      }
    }
    return skipped;
  }
}
