package dev.fleetdash.web;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.telemetry.PriceTag;
import java.util.Arrays;

/**
 * How many numbers this host has.
 *
 * @param scalars those without labels
 * @param series those with labels, one for each thing that is measured; processes come and go and
 *     are not counted
 */
record Sampled(long scalars, long series) {
  static Sampled in(Ring ring) {
    long scalars =
        Metric.scalars().stream().filter(metric -> ring.value(metric).isPresent()).count();
    long series =
        Arrays.stream(Family.values())
            .filter(Family::charted)
            .flatMap(family -> ring.items(family).stream())
            .mapToLong(item -> item.family().metrics().stream().filter(item::has).count())
            .sum();
    return new Sampled(scalars, series);
  }

  PriceTag.CloudWatch at(PriceTag priceTag) {
    return priceTag.cloudWatch(scalars, series);
  }
}
