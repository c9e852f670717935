package dev.fleetdash.testing;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;

/** Rows for tests. */
public final class Rows {
  public static final HostName HOST = new HostName("web-1");

  private Rows() {}

  /** The epoch second of an ISO time. */
  public static long ts(String time) {
    return Instant.parse(time).getEpochSecond();
  }

  /** A small row: CPU utilisation, an integer, and the uptime. */
  public static Row at(long ts, long run, double cpu) {
    return Row.at(ts, HOST, run)
        .set(Metric.CPU_UTILIZATION, cpu)
        .set(Metric.MEMORY_TOTAL_BYTES, 8L << 30)
        .set(Metric.UPTIME_SECONDS, ts % 1_000_000)
        .build();
  }

  /** A row with a random half of all metrics, and sometimes items. */
  public static Row random(long ts, long run, RandomGenerator random) {
    return random(HOST, ts, run, random);
  }

  /** The same of another host. */
  public static Row random(HostName host, long ts, long run, RandomGenerator random) {
    Row.Builder row = Row.at(ts, host, run);
    for (Metric metric : Metric.scalars()) {
      if (random.nextBoolean()) {
        row.set(metric, random.nextDouble(metric.unit().integer() ? 1e12 : 1e4));
      }
    }
    row.set(Metric.UPTIME_SECONDS, ts % 1_000_000);
    for (Family family : Family.values()) {
      if (random.nextInt(4) == 0) {
        row.add(
            family,
            List.of(item(family, "a", random), item(family, "b \"quoted\" \u20ac", random)));
      }
    }
    return row.build();
  }

  private static Item item(Family family, String key, RandomGenerator random) {
    String[] labels = family.labels().toArray(String[]::new);
    labels[0] = key;
    Item.Builder item = Item.of(family, labels);
    family
        .metrics()
        .forEach(metric ->
            item.set(metric, random.nextInt(5) == 0 ? Double.NaN : random.nextDouble(1e6)));
    return item.build();
  }
}
