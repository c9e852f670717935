package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which hosts somebody looks at, and whether anybody looks at all. A look lasts ten seconds. All
 * times are nanoseconds of one monotonic clock. Safe for use by several threads.
 */
final class Attention {
  private static final long LOOK = Duration.ofSeconds(10).toNanos();

  /** So many are on no screen; who asks for more gets the others less often. */
  private static final int MOST = 500;

  private static final long NEVER = Long.MIN_VALUE;

  private final Map<HostName, Long> looked = new ConcurrentHashMap<>();
  private final Map<HostName, Long> followed = new ConcurrentHashMap<>();
  private volatile long until = NEVER;
  private volatile long since = NEVER;

  /**
   * Somebody looks at the fleet, and at these hosts of it.
   *
   * @return whether nobody did
   */
  boolean look(Collection<HostName> hosts, long now) {
    hosts.forEach(host -> note(looked, host, now));
    boolean begins = !any(now);
    if (begins) {
      since = now;
    }
    until = now + LOOK;
    return begins;
  }

  /** Somebody wants every row of the host. */
  void follow(HostName host, long now) {
    note(followed, host, now);
  }

  private static void note(Map<HostName, Long> ends, HostName host, long now) {
    if (ends.size() < MOST || ends.containsKey(host)) {
      ends.put(host, now + LOOK);
    }
  }

  boolean any(long now) {
    return until != NEVER && now - until < 0;
  }

  boolean at(HostName host) {
    return looked.containsKey(host);
  }

  boolean follows(HostName host) {
    return followed.containsKey(host);
  }

  /** When somebody began to look after nobody did. */
  long since() {
    return since;
  }

  /** What is over is forgotten. */
  void expire(long now) {
    looked.values().removeIf(end -> now - end >= 0);
    followed.values().removeIf(end -> now - end >= 0);
  }
}
