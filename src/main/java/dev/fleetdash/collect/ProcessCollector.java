package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.util.function.LongSupplier;

/** How many processes, threads and open files there are; a count of none is unknown. */
final class ProcessCollector implements Collector {
  private final LongSupplier processes;
  private final LongSupplier threads;
  private final LongSupplier openFiles;

  ProcessCollector(LongSupplier processes, LongSupplier threads, LongSupplier openFiles) {
    this.processes = processes;
    this.threads = threads;
    this.openFiles = openFiles;
  }

  @Override
  public String name() {
    return "processes";
  }

  @Override
  public boolean due(Due due) {
    return due.every(Metric.PROCESSES.cadenceSeconds());
  }

  @Override
  public Reading collect(Due due) {
    return new Reading()
        .set(Metric.PROCESSES, known(processes))
        .set(Metric.THREADS, known(threads))
        .set(Metric.OPEN_FILES, known(openFiles));
  }

  private static double known(LongSupplier count) {
    long now = count.getAsLong();
    return now > 0 ? now : Double.NaN;
  }
}
