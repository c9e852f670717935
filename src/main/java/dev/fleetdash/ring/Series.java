package dev.fleetdash.ring;

import dev.fleetdash.sample.Metric;

/**
 * One line of numbers over time.
 *
 * @param key the item's, empty for a scalar metric
 */
record Series(Metric metric, String key) {}
