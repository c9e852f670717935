package dev.fleetdash.history;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.util.List;

/**
 * What a chart asks. A metric of a family stands for all of the family's items.
 *
 * @param from first second, epoch seconds
 * @param to the second after the last
 * @param points at most so many buckets
 */
public record RangeQuery(
    List<HostName> hosts, List<Metric> metrics, long from, long to, int points) {
  public RangeQuery {
    hosts = List.copyOf(hosts);
    metrics = List.copyOf(metrics);
    if (hosts.isEmpty() || metrics.isEmpty() || from >= to || points < 1) {
      throw new IllegalArgumentException("nothing is asked");
    }
  }
}
