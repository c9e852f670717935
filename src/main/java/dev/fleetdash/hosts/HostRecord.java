package dev.fleetdash.hosts;

import dev.fleetdash.sample.HostName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One host on one UTC day. Immutable.
 *
 * @param renewed when it was written, epoch seconds, by the archive's time; hourly while the host
 *     is up
 * @param compacted the host's hours before this second are in the derived tiers
 * @param closed the day's derived objects are finished; nothing more is expected to change
 * @param runs in order; those of one process start in the order in which they passed
 * @param writer who wrote it; empty in records of earlier versions
 */
public record HostRecord(
    HostName host,
    Machine machine,
    long renewed,
    long compacted,
    boolean closed,
    State state,
    List<Run> runs,
    Optional<Writer> writer) {
  /** A machine that has not renewed its name for this long loses it to another. */
  public static final Duration HELD = Duration.ofHours(2);

  /** Stands for what the record says that is there. */
  public static final long AS_BEFORE = 0;

  /** How the host was when the record was written. */
  public enum State {
    RUNNING,
    /** It said goodbye. */
    ENDED,
    /** It did not, and others have closed its day. */
    LOST
  }

  public HostRecord {
    runs = runs.stream().sorted(Comparator.comparingLong(Run::run)).toList();
  }

  /** One that does not say who wrote it. */
  public HostRecord(
      HostName host,
      Machine machine,
      long renewed,
      long compacted,
      boolean closed,
      State state,
      List<Run> runs) {
    this(host, machine, renewed, compacted, closed, state, runs, Optional.empty());
  }

  /**
   * Whether the host is up, as far as the record can tell.
   *
   * @param now the archive's time, epoch seconds
   */
  public boolean alive(long now) {
    return state == State.RUNNING && now - renewed < HELD.toSeconds();
  }

  /** The second after the last one that it tells of, by the host's own clock. */
  public long known() {
    return runs.isEmpty() ? renewed : runs.getLast().end();
  }

  /** This record with its newest runs only, as many as that. */
  public HostRecord withNewestRuns(int most) {
    return runs.size() <= most
        ? this
        : new HostRecord(
            host,
            machine,
            renewed,
            compacted,
            closed,
            state,
            runs.subList(runs.size() - most, runs.size()),
            writer);
  }

  /** This record as it is written at that time. */
  HostRecord renewedAt(long now) {
    return new HostRecord(host, machine, now, compacted, closed, state, runs, writer);
  }

  /** The process start that wrote it; 0 where that is not known. */
  long run() {
    return writer.map(Writer::run).orElseGet(() -> runs.isEmpty() ? 0 : runs.getLast().run());
  }

  /**
   * This record with the runs of an earlier one of the same day. Of a run in both, this one's words
   * count; a run that is only there and has no end was killed.
   */
  HostRecord after(HostRecord before) {
    Set<Long> known = runs.stream().map(Run::run).collect(Collectors.toSet());
    List<Run> all = new ArrayList<>(runs);
    for (Run run : before.runs) {
      if (!known.contains(run.run())) {
        all.add(run.how().isEmpty() ? run.ended(Run.KILLED) : run);
      }
    }
    long until = compacted == AS_BEFORE ? before.compacted : compacted;
    return new HostRecord(host, machine, renewed, until, closed, state, all, writer);
  }

  /** This record of a day that has got rows in an hour from that second on. */
  HostRecord openedFrom(long hour) {
    return new HostRecord(
        host, machine, renewed, Math.min(compacted, hour), false, state, runs, writer);
  }

  /**
   * This record, closed.
   *
   * @param how what became of a run that is still open
   * @param end the second after the last one of which there is a row; 0 where that is not known
   */
  public HostRecord closedAs(State as, String how, long end) {
    List<Run> known = new ArrayList<>(runs);
    if (!known.isEmpty() && known.getLast().how().isEmpty()) {
      Run last = known.removeLast();
      known.add(new Run(last.run(), last.start(), Math.max(last.end(), end), Optional.of(how)));
    }
    return new HostRecord(host, machine, renewed, compacted, true, as, known, writer);
  }
}
