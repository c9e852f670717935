package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Answers range queries from the ring, the spool and the archive as one: the ring for what it
 * holds, and archived segments for what is before that, of which those that are still in the spool
 * are read there. Safe for use by several threads.
 */
public final class History {
  /** A longer range would read more raw objects than anyone wants to wait for. */
  public static final Duration LONGEST_RANGE = Duration.ofDays(7);

  private final Live live;
  private final RawReader raw;

  public History(Live live, RawReader raw) {
    this.live = live;
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
    long archivedTo = query.to();
    if (query.hosts().getFirst().equals(live.host())) {
      archivedTo = Math.min(query.to(), live.ring().start().orElse(query.to()));
      fromRing(query, Math.max(query.from(), archivedTo), step, into, runs);
    }
    if (query.from() >= archivedTo) {
      return Optional.empty();
    }
    return raw.read(query, query.from(), archivedTo, into, runs, problems);
  }

  private void fromRing(RangeQuery query, long from, int step, Buckets into, Runs runs) {
    if (from >= query.to()) {
      return;
    }
    live.ring().read(query.metrics(), from, query.to(), step, into);
    long rows = live.ring().count(from, query.to());
    if (rows > 0) {
      long newest = live.ring().newest().orElseThrow().ts();
      runs.rows(
          live.spool().run(), from, Math.min(query.to() - 1, newest), rows, live.sampleSeconds());
    }
  }
}
