package dev.fleetdash.collect;

import java.io.IOException;

/** A collector that does what a test says. */
record FakeCollector(String name, boolean always, Work work) implements Collector {
  /** The collecting. */
  @FunctionalInterface
  interface Work {
    Reading collect(Due due) throws IOException, InterruptedException;
  }

  @Override
  public boolean due(Due due) {
    return always;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    try {
      return work.collect(due);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
