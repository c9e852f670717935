package dev.fleetdash.web;

import dev.fleetdash.sample.Metric;

/** A host's scalars as numbers to reckon with, NaN where unknown. */
record Numbers(HostView host) {
  double get(Metric scalar) {
    return host.value(scalar).orElse(Double.NaN);
  }

  /** The sum of those that are known; NaN where none is. */
  double sum(Metric... scalars) {
    double sum = Double.NaN;
    for (Metric scalar : scalars) {
      double value = get(scalar);
      if (!Double.isNaN(value)) {
        sum = Double.isNaN(sum) ? value : sum + value;
      }
    }
    return sum;
  }
}
