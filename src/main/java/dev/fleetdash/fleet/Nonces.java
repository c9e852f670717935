package dev.fleetdash.fleet;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The nonces of late, each for one to two windows, bounded in number. Only signed requests get
 * here, so that nobody else can fill it. Safe for use by several threads.
 */
final class Nonces {
  private final long windowNanos;
  private final int most;
  private final LongSupplier nanoTime;
  private Set<String> before = new HashSet<>();
  private Set<String> now = new HashSet<>();
  private long since;

  /**
   * @param most in a window; what comes beyond is refused
   */
  Nonces(Duration window, int most, LongSupplier nanoTime) {
    this.windowNanos = window.toNanos();
    this.most = most;
    this.nanoTime = nanoTime;
    this.since = nanoTime.getAsLong();
  }

  /** What becomes of a nonce. */
  enum Taken {
    NEW,
    /** It was there before. */
    AGAIN,
    /** Nobody can say, because there is no room for another. */
    FULL
  }

  /** Takes a nonce that is new. */
  synchronized Taken take(String nonce) {
    long passed = nanoTime.getAsLong() - since;
    if (passed >= windowNanos) {
      before = passed >= 2 * windowNanos ? new HashSet<>() : now;
      now = new HashSet<>();
      since += passed / windowNanos * windowNanos;
    }
    if (before.contains(nonce) || now.contains(nonce)) {
      return Taken.AGAIN;
    }
    if (now.size() >= most) {
      return Taken.FULL;
    }
    now.add(nonce);
    return Taken.NEW;
  }
}
