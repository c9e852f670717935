package dev.fleetdash.web;

import java.util.HashMap;
import java.util.Map;

/** Room for a few at once, of which one client never takes all. Safe for use by several threads. */
final class Places {
  private final int all;
  private final int each;
  private final Map<Object, Integer> taken = new HashMap<>();
  private int count;

  /**
   * @param each at most so many of {@code all} for one client
   */
  Places(int all, int each) {
    this.all = all;
    this.each = each;
  }

  /** Whether there was one for that client; it is then taken. */
  synchronized boolean take(Object client) {
    if (count == all || taken.getOrDefault(client, 0) == each) {
      return false;
    }
    count++;
    taken.merge(client, 1, Integer::sum);
    return true;
  }

  synchronized void leave(Object client) {
    count--;
    taken.computeIfPresent(client, (_, places) -> places == 1 ? null : places - 1);
  }
}
