package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Answers range queries from rings, the spool and the archive as one: a ring, this host's or a
 * peer's, for what it holds, and archived segments for what is before that, of which those that are
 * still in the spool are read there. Safe for use by several threads.
 */
public final class History {
  /** A longer range would read more raw objects than anyone wants to wait for. */
  public static final Duration LONGEST_RANGE = Duration.ofDays(7);

  private final Live live;
  private final Recent.Lookup peers;
  private final RawReader raw;

  /**
   * @param peers who can be asked for the newest rows of hosts other than this one
   */
  public History(Live live, Recent.Lookup peers, RawReader raw) {
    this.live = live;
    this.peers = peers;
    this.raw = raw;
  }

  /**
   * Answers the question.
   *
   * @throws NoSuchHostException when a host other than this one has no row in the range
   * @throws IOException when the archive would have to be asked and cannot be reached, or refuses,
   *     and there is not a single row without it; else that is a problem named in the answer
   */
  public Range query(RangeQuery query)
      throws IOException, NoSuchHostException, InterruptedException {
    Axis axis = axis(query);
    long start = axis.start();
    int step = axis.step();
    int buckets = axis.buckets();
    List<Range.Series> series = new ArrayList<>();
    Map<HostName, OptionalDouble> completeness = new LinkedHashMap<>();
    List<Range.Problem> problems = new ArrayList<>();
    for (HostName host : query.hosts()) {
      Buckets into = new Buckets(query.metrics(), start, step, buckets);
      Runs runs = new Runs(start);
      RangeQuery aligned =
          new RangeQuery(List.of(host), query.metrics(), start, axis.end(), query.points());
      Optional<ArchiveException> unreachable = gather(aligned, step, into, runs, problems);
      OptionalDouble complete = runs.completeness();
      if (complete.isEmpty() && unreachable.isPresent()) {
        throw unreachable.get();
      }
      unreachable.ifPresent(
          e -> problems.add(new Range.Problem(raw.location(), String.valueOf(e.getMessage()))));
      if (complete.isEmpty() && problems.isEmpty() && !host.equals(live.host())) {
        throw new NoSuchHostException(
            host, "no row of host %s in this range; this node is %s".formatted(host, live.host()));
      }
      completeness.put(host, complete);
      series.addAll(into.series(host));
    }
    return new Range(start, step, buckets, "1s", series, completeness, problems);
  }

  /** The buckets that the answer to the question has. */
  public Axis axis(RangeQuery query) {
    return Axis.of(query, live.sampleSeconds());
  }

  private Optional<ArchiveException> gather(
      RangeQuery query, int step, Buckets into, Runs runs, List<Range.Problem> problems)
      throws IOException, InterruptedException {
    HostName host = query.hosts().getFirst();
    long archivedTo = query.to();
    try {
      archivedTo = recent(query, step, new Gathering(into, runs)).orElse(query.to());
    } catch (ArchiveException e) {
      throw e;
    } catch (IOException e) {
      problems.add(new Range.Problem(host.value(), String.valueOf(e.getMessage())));
    }
    if (query.from() >= archivedTo) {
      return Optional.empty();
    }
    return raw.read(query, query.from(), archivedTo, into, runs, problems);
  }

  private OptionalLong recent(RangeQuery query, int step, Recent.Sink into)
      throws IOException, InterruptedException {
    HostName host = query.hosts().getFirst();
    Optional<Recent> recent = host.equals(live.host()) ? Optional.of(live) : peers.of(host);
    return recent.isEmpty()
        ? OptionalLong.empty()
        : recent
            .get()
            .pour(new Recent.Query(query.metrics(), query.from(), query.to(), step), into);
  }

  /** Where everything of one host goes. */
  private record Gathering(Buckets buckets, Runs runs) implements Recent.Sink {
    @Override
    public Ring.Sink series(Metric metric, String key) {
      return buckets.series(metric, key);
    }

    @Override
    public void rows(long run, long first, long last, long rows, int sampleSeconds) {
      runs.rows(run, first, last, rows, sampleSeconds);
    }
  }
}
