package dev.fleetdash.hosts;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * For how long a value that is looked at now and then has been the same, by this process' own
 * monotonic clock: whoever wrote the value may have a clock that is wrong. For one thread.
 */
final class Unchanged<T> {
  private final LongSupplier nanoTime;
  private Optional<T> last = Optional.empty();
  private long since;
  private boolean changed;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  Unchanged(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Takes a look's value; answers for how long it has been that. */
  Duration look(T value) {
    long now = nanoTime.getAsLong();
    Optional<T> next = Optional.of(value);
    if (!next.equals(last)) {
      changed |= last.isPresent();
      last = next;
      since = now;
    }
    return Duration.ofNanos(now - since);
  }

  /** Whether any look differed from the one before. */
  boolean hasChanged() {
    return changed;
  }
}
