package dev.fleetdash.siege;

import java.io.IOException;

/** One way to trouble a node. Bounded in connections and in time, and ends by itself. */
interface Attack extends AutoCloseable {
  /** As in the report and on the command line: small letters, with {@code -} between. */
  String name();

  /** What it does, for the report. */
  String what();

  /** Puts what it needs into the archive, once, before it begins. */
  default void prepare(Besieged node) throws IOException, InterruptedException {}

  /** Returns when the time is over. */
  void run(Besieged node, Tally tally, Until until) throws IOException, InterruptedException;

  /** Ends what it has prepared. */
  @Override
  default void close() throws IOException {}
}
