package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.io.IOException;

/** Memory and swap. Used is what is not available for new work, so that used and available add up. */
final class MemoryCollector implements Collector {
  private final MemorySource source;

  MemoryCollector(MemorySource source) {
    this.source = source;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    Memory now = source.read();
    return new Reading()
        .set(Metric.MEMORY_TOTAL_BYTES, known(now.total()))
        .set(Metric.MEMORY_AVAILABLE_BYTES, known(now.available()))
        .set(Metric.MEMORY_USED_BYTES, difference(now.total(), now.available()))
        .set(Metric.MEMORY_CACHED_BYTES, known(now.cached()))
        .set(Metric.SWAP_TOTAL_BYTES, known(now.swapTotal()))
        .set(Metric.SWAP_USED_BYTES, difference(now.swapTotal(), now.swapFree()));
  }

  private static double known(long bytes) {
    return bytes < 0 ? Double.NaN : bytes;
  }

  private static double difference(long whole, long part) {
    return whole < 0 || part < 0 ? Double.NaN : whole - part;
  }
}
