package dev.fleetdash.history;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One host whose newest rows can be had without the archive: this one, from its ring, or another,
 * whose process is asked. Safe for use by several threads.
 */
public interface Recent {
  /** Who can be asked about which host. Answers at once, from memory. */
  @FunctionalInterface
  interface Lookup {
    /** Nobody but this host itself. */
    Lookup NOBODY = _ -> Optional.empty();

    /** Empty where nobody can be asked, so that the archive has to do. */
    Optional<Recent> of(HostName host);

    /** Whether there is such a host, whatever its records say. Answers at once, from memory. */
    default boolean knows(HostName host) {
      return false;
    }

    /** Between the host's rows, where that is known. Answers at once, from memory. */
    default OptionalInt sampleSeconds(HostName host) {
      return OptionalInt.empty();
    }
  }

  /**
   * What is asked.
   *
   * @param from first second, epoch seconds, a multiple of {@code step}
   * @param to the second after the last, a multiple of {@code step}
   * @param step seconds a bucket; buckets begin at epoch multiples of it
   */
  record Query(List<Metric> metrics, long from, long to, int step) {
    public Query {
      metrics = List.copyOf(metrics);
      if (step < 1 || from >= to || from % step != 0 || to % step != 0) {
        throw new IllegalArgumentException("not whole buckets: " + from + " to " + to);
      }
    }
  }

  /**
   * Takes the answer, in any order: for each series what its rows are in a bucket, or in a part of
   * one, and of each run the rows there are. For one thread.
   */
  interface Sink extends Ring.Reader {
    /**
     * How many rows of a run there are in the range, whatever metrics they have.
     *
     * @param first the first second of them
     * @param last the last second of them
     * @param rows at least 1
     * @param sampleSeconds between the run's rows
     */
    void rows(long run, long first, long last, long rows, int sampleSeconds);
  }

  /**
   * Gives the rows that it holds of the range to the sink, none of them twice: every row there is
   * from the second on that it answers, and none of before. Where the step is whole minutes it
   * begins with a whole minute, if it holds one, because that is what the archive can go on from.
   *
   * <p>It waits no longer than a time-out of its own, and gives all or nothing: whoever decodes an
   * answer that came over the network does so before the first number of it goes to the sink.
   *
   * @return the first second it speaks for; empty where it holds no row of the range and speaks for
   *     none
   * @throws IOException when it cannot be asked, or answers what cannot be used; the message is for
   *     people
   */
  OptionalLong pour(Query query, Sink into) throws IOException, InterruptedException;
}
