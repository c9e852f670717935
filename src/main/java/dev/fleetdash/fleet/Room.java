package dev.fleetdash.fleet;

/**
 * How many hosts a node keeps in mind at once, of which a few runs each: what it holds of a fleet
 * is bounded by the heap, however many records there are.
 *
 * @param hosts at most
 */
record Room(int hosts) {
  /**
   * What a host takes at most: its records of two days, its newest row with that row's processes,
   * and what it adds to an answer that holds all of the fleet, while that is made.
   */
  private static final long BYTES_A_HOST = 48 << 10;

  private static final int MOST_HOSTS = 10_000;

  /** On average; a host that is alone may have more. */
  private static final int RUNS_A_HOST = 20;

  private static final int FEWEST_RUNS = 8;
  private static final int MOST_RUNS = 400;

  /** What a heap of this process's size has. */
  static Room ofHeap() {
    return of(Runtime.getRuntime().maxMemory());
  }

  /**
   * @param bytes the heap's
   */
  static Room of(long bytes) {
    return new Room(Math.clamp(bytes / BYTES_A_HOST, 1, MOST_HOSTS));
  }

  /** How many runs are kept of each of so many hosts. */
  int runs(int of) {
    return Math.clamp((long) RUNS_A_HOST * hosts / Math.max(1, of), FEWEST_RUNS, MOST_RUNS);
  }
}
