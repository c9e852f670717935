package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Pressure stall information: the share of the time since the last tick in which tasks waited, from
 * the kernel's running totals. Absent where the kernel keeps none.
 */
final class PressureCollector implements Collector {
  private static final double MICROS_PER_SECOND = 1e6;

  private final List<Resource> resources;
  private final LongSupplier nanos;

  PressureCollector(Path proc, LongSupplier nanos, Duration longestGap) {
    Path pressure = proc.resolve("pressure");
    this.nanos = nanos;
    this.resources =
        List.of(
            new Resource(pressure.resolve("cpu"), longestGap, Metric.CPU_PRESSURE_SOME),
            new Resource(
                pressure.resolve("memory"),
                longestGap,
                Metric.MEMORY_PRESSURE_SOME,
                Metric.MEMORY_PRESSURE_FULL),
            new Resource(
                pressure.resolve("io"),
                longestGap,
                Metric.IO_PRESSURE_SOME,
                Metric.IO_PRESSURE_FULL));
  }

  /** Whether the kernel keeps pressure totals; one that was started without them has the files all the same. */
  static boolean kept(Path proc) {
    try {
      return !Files.readString(proc.resolve("pressure/cpu")).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String name() {
    return "pressure";
  }

  @Override
  public boolean due(Due due) {
    return true;
  }

  @Override
  public Reading collect(Due due) throws IOException {
    Reading reading = new Reading();
    for (Resource resource : resources) {
      resource.read(reading, nanos);
    }
    return reading;
  }

  /** The total of the line that begins with the word, in microseconds. */
  static long total(Cursor text, String line) {
    do {
      if (text.skip(line)) {
        return text.skipBehindLast('=') ? text.number() : CounterDelta.UNKNOWN;
      }
    } while (text.nextLine());
    return CounterDelta.UNKNOWN;
  }

  private static final class Resource {
    private static final List<String> LINES = List.of("some", "full");

    private final KernelFile file;
    private final Metric[] metrics;
    private final CounterDelta delta;

    /** The metrics of the lines {@code some} and, if there is a second one, {@code full}. */
    Resource(Path path, Duration longestGap, Metric... metrics) {
      this.file = new KernelFile(path);
      this.metrics = metrics;
      this.delta = new CounterDelta(metrics.length, longestGap);
    }

    void read(Reading into, LongSupplier nanos) throws IOException {
      Cursor text = file.read();
      long now = nanos.getAsLong();
      long[] totals = new long[metrics.length];
      for (int i = 0; i < totals.length; i++) {
        totals[i] = total(text, LINES.get(i));
      }
      delta.read(now, totals);
      for (int i = 0; i < totals.length; i++) {
        into.set(metrics[i], Math.min(1, delta.perSecond(i) / MICROS_PER_SECOND));
      }
    }
  }
}
