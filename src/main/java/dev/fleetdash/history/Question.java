package dev.fleetdash.history;

import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.sample.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One question while it is being answered: how much it is, what could not be read, and whether the
 * archive answers. Once it did not it is not asked for anything more. Safe for use by several
 * threads.
 */
final class Question {
  /**
   * Hours that are put together from their segments, each of which takes a LIST: a day of 50 hosts
   * without a single compacted hour, and some more.
   */
  private static final int MOST_RAW_HOURS = 1_500;

  /** Objects that are asked for; of a fleet in order a tenth is plenty. */
  private static final int MOST_OBJECTS = 20_000;

  /** Of the lines of an answer: 150,000 values, of which items of families may be the most. */
  private static final long MOST_LINE_BYTES = 6_000_000;

  /** More of them help nobody. */
  private static final int MOST_PROBLEMS = 200;

  /** Who waits longer has gone, or asks again; a balancer gives up after a minute. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ArchiveReader archive;
  private final long begun;
  private final List<Metric> metrics;
  private final Budget.Share share;
  private int rawHours;
  private int objects;
  private long unnamed;
  private @Nullable String tooMuch;
  private boolean busy;
  private final Collection<Range.Problem> problems =
      new TreeSet<>(Comparator.comparing(Range.Problem::key).thenComparing(Range.Problem::reason));
  private volatile @Nullable ArchiveException unreachable;

  /**
   * @param archive that is asked
   * @param share for the lines of the answer
   */
  Question(ArchiveReader archive, List<Metric> metrics, Budget.Share share) {
    this.archive = archive;
    this.begun = archive.nanoTime();
    this.metrics = List.copyOf(metrics);
    this.share = share;
  }

  List<Metric> metrics() {
    return metrics;
  }

  /** Whether there is room for one line more of the answer. */
  synchronized boolean line(long bytes) {
    if (share.used() + bytes > MOST_LINE_BYTES) {
      tooMuch =
          "the answer would have more than 150,000 values, because the metrics have many items on"
              + " these hosts; ask for fewer points, metrics or hosts";
      return false;
    }
    boolean room = share.use(bytes);
    busy |= !room;
    return room;
  }

  /**
   * Whether that much more may be read.
   *
   * @param pieces what is to be read
   */
  synchronized boolean plan(Collection<Piece> pieces) {
    objects += pieces.size();
    rawHours += (int) pieces.stream().filter(Piece.Raw.class::isInstance).count();
    if (rawHours > MOST_RAW_HOURS) {
      tooMuch =
          "more than %,d hours of hosts would have to be put together from raw rows, because they are not compacted or their records are missing; ask for fewer hosts or a shorter range"
              .formatted(MOST_RAW_HOURS);
    } else if (objects > MOST_OBJECTS) {
      tooMuch =
          "more than %,d objects would have to be read; ask for fewer hosts, fewer points or a shorter range"
              .formatted(MOST_OBJECTS);
    }
    return tooMuch == null;
  }

  /** Ends the question where it has become more than one may be. */
  synchronized void check() throws TooMuchException, BusyException {
    if (tooMuch != null) {
      throw new TooMuchException(tooMuch);
    }
    if (busy) {
      throw new BusyException(
          "this node has no memory left for an answer of so many lines; ask for less, or try"
              + " again");
    }
  }

  synchronized void problem(String key, String reason) {
    Range.Problem problem = new Range.Problem(key, reason);
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(problem);
    } else if (!problems.contains(problem)) {
      unnamed++;
    }
  }

  /**
   * In the order of their keys.
   *
   * @param archive what is said to have those that are too many to be named
   */
  synchronized List<Range.Problem> problems(String archive) {
    List<Range.Problem> named = new ArrayList<>(problems);
    if (unnamed > 0) {
      named.add(new Range.Problem(archive, "%,d more could not be read".formatted(unnamed)));
    }
    return List.copyOf(named);
  }

  /** Notes what one object costs: itself where it is bad, else the archive as a whole. */
  void failed(String key, ArchiveException e) {
    if (e.kind() == ArchiveException.Kind.BAD_OBJECT) {
      problem(key, String.valueOf(e.getMessage()));
    } else {
      unreachable = e;
    }
  }

  /** Why the archive is not asked any more. Asked before each request to it. */
  Optional<ArchiveException> unreachable() {
    if (unreachable == null && archive.nanoTime() - begun >= PATIENCE.toNanos() && archive.slow()) {
      unreachable =
          new ArchiveException(
              ArchiveException.Kind.UNREACHABLE,
              "the archive takes more than a second for each request of late, and this question"
                  + " needs many; ask for fewer hosts or a shorter range");
    }
    return Optional.ofNullable(unreachable);
  }

  /** Likewise, when all was read. */
  Optional<ArchiveException> gaveUp() {
    return Optional.ofNullable(unreachable);
  }
}
