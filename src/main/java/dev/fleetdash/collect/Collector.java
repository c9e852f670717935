package dev.fleetdash.collect;

import java.io.IOException;

/**
 * Reads one subject of the host.
 *
 * <p>Called by one thread at a time, but not always by the same one. A collector that stays away
 * longer than it may is left behind: its answer is thrown away, and it is not asked again before it
 * has returned. It therefore keeps its answer to itself until it is complete.
 */
public interface Collector {
  /** One word, unique among the collectors of a host: {@code cpu}. */
  String name();

  /** Whether it has anything to say in that tick. */
  boolean due(Due due);

  /**
   * Reads the subject now. What cannot be known is absent from the answer; what should be known but
   * cannot be read is an exception, or, where the rest is worth having, the answer's problem.
   */
  Reading collect(Due due) throws IOException;
}
