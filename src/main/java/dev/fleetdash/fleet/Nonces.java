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

  /** Takes a nonce that is new; false where it was there before, or where there is no room. */
  synchronized boolean take(String nonce) {
    long passed = nanoTime.getAsLong() - since;
    if (passed >= windowNanos) {
      before = passed >= 2 * windowNanos ? new HashSet<>() : now;
      now = new HashSet<>();
      since += passed / windowNanos * windowNanos;
    }
    return !before.contains(nonce) && now.size() < most && now.add(nonce);
  }
}
