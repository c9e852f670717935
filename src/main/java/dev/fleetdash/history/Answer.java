package dev.fleetdash.history;

/**
 * The answer to a question. The memory that it takes counts as taken until it is closed, which is
 * when it was written.
 */
public record Answer(Range range, Budget.Share share) implements AutoCloseable {
  @Override
  public void close() {
    share.close();
  }
}
