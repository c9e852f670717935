package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RowReader;
import dev.fleetdash.sample.Metric;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One question while it is being answered: its decoders, what could not be read, and whether the
 * archive answers. Once it did not it is not asked for anything more. Safe for use by several
 * threads.
 */
final class Question {
  /** An hour of rows at one a second, each of them large. */
  private static final long MAX_UNPACKED_BYTES = 64 << 20;

  private final List<Metric> metrics;
  private final Deque<Decoder> idle = new ArrayDeque<>();
  private final Collection<Range.Problem> problems =
      new TreeSet<>(Comparator.comparing(Range.Problem::key).thenComparing(Range.Problem::reason));
  private volatile @Nullable ArchiveException unreachable;

  Question(List<Metric> metrics) {
    this.metrics = List.copyOf(metrics);
  }

  /** Decodes objects, for one thread at a time. */
  record Decoder(RowReader rows, RollupReader rollups) {}

  List<Metric> metrics() {
    return metrics;
  }

  /** A decoder for some time; it is to be given back. */
  synchronized Decoder borrow() {
    Decoder decoder = idle.poll();
    return decoder != null
        ? decoder
        : new Decoder(new RowReader(metrics, MAX_UNPACKED_BYTES), new RollupReader(metrics));
  }

  synchronized void giveBack(Decoder decoder) {
    idle.push(decoder);
  }

  synchronized void problem(String key, String reason) {
    problems.add(new Range.Problem(key, reason));
  }

  /** In the order of their keys. */
  synchronized List<Range.Problem> problems() {
    return List.copyOf(problems);
  }

  /** Notes what one object costs: itself where it is bad, else the archive as a whole. */
  void failed(String key, ArchiveException e) {
    if (e.kind() == ArchiveException.Kind.BAD_OBJECT) {
      problem(key, String.valueOf(e.getMessage()));
    } else {
      unreachable = e;
    }
  }

  /** Why the archive is not asked any more. */
  Optional<ArchiveException> unreachable() {
    return Optional.ofNullable(unreachable);
  }
}
