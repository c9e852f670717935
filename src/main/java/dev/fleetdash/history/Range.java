package dev.fleetdash.history;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The answer to a {@link RangeQuery}: columns over one time axis.
 *
 * @param step seconds a bucket; bucket {@code i} holds the rows of {@code [start + i * step, start
 *     + (i + 1) * step)}, and {@code start} is an epoch multiple of the step
 * @param buckets how many
 * @param tier the coarsest tier that was read, as in the layout: {@code 1s}
 * @param completeness rows held by ticks expected while the host's runs were up, 0 to 1; empty
 *     where no run is known
 * @param problems what could not be read; never silently left out
 */
public record Range(
    long start,
    int step,
    int buckets,
    String tier,
    List<Series> series,
    Map<HostName, OptionalDouble> completeness,
    List<Problem> problems) {

  /**
   * One line of a chart. The arrays have one scaled value a bucket, {@link
   * dev.fleetdash.sample.Row#ABSENT} where the bucket has no row with the metric; they belong to
   * the answer and are not to be changed.
   *
   * @param key the item's, for a metric of a family; else empty
   * @param avg in the metric's unit, NaN where absent
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Series(
      HostName host, Metric metric, String key, long[] min, double[] avg, long[] max) {}

  /**
   * Something that could not be read.
   *
   * @param key the object's key, or the folder that could not be listed
   */
  public record Problem(String key, String reason) {}
}
