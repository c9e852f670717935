package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.util.function.Supplier;

/** Load averages; absent where the system keeps none. */
final class LoadCollector implements Collector {
  private final Supplier<double[]> averages;

  /** Takes a source of the averages over 1, 5 and 15 minutes, negative where unknown. */
  LoadCollector(Supplier<double[]> averages) {
    this.averages = averages;
  }

  @Override
  public String name() {
    return "load";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) {
    double[] now = averages.get();
    return new Reading()
        .set(Metric.LOAD1, known(now[0]))
        .set(Metric.LOAD5, known(now[1]))
        .set(Metric.LOAD15, known(now[2]));
  }

  private static double known(double average) {
    return average < 0 ? Double.NaN : average;
  }
}
