package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The ten processes that used most CPU since the last look, and the ten with most resident memory.
 *
 * <p>A process that began after the last look has used all its time since then; at the first look
 * nobody's share is known.
 */
final class TopProcessesCollector implements Collector {
  private static final int TOP = 10;

  private final ProcessSource source;
  private final CpuCount cpus;
  private final LongSupplier nanos;
  private Map<Integer, ProcessUse> before = Map.of();
  private long beforeNanos;
  private boolean looked;

  /** How many CPUs share the work now. */
  @FunctionalInterface
  interface CpuCount {
    int get() throws IOException;
  }

  TopProcessesCollector(ProcessSource source, CpuCount cpus, LongSupplier nanos) {
    this.source = source;
    this.cpus = cpus;
    this.nanos = nanos;
  }

  @Override
  public String name() {
    return "top_processes";
  }

  @Override
  public boolean due(Due due) {
    return due.has(Family.TOP_PROCESSES);
  }

  @Override
  public Reading collect(Due due) throws IOException {
    List<ProcessUse> now = source.read();
    long time = nanos.getAsLong();
    double cpuSeconds =
        looked && time > beforeNanos
            ? (time - beforeNanos) / 1e9 * cpus.get()
            : Double.NaN;
    List<Candidate> candidates = new ArrayList<>(now.size());
    Map<Integer, ProcessUse> next = HashMap.newHashMap(now.size());
    for (ProcessUse use : now) {
      double used = use.cpuSeconds() - earlier(use);
      candidates.add(new Candidate(use, Math.clamp(used / cpuSeconds, 0.0, 1.0)));
      next.put(use.pid(), use);
    }
    before = next;
    beforeNanos = time;
    looked = true;
    Reading reading = new Reading();
    if (!due.priming()) {
      reading.add(Family.TOP_PROCESSES, items(top(candidates)));
    }
    return reading;
  }

  private double earlier(ProcessUse use) {
    ProcessUse then = before.get(use.pid());
    return then != null && then.started() == use.started() ? then.cpuSeconds() : 0;
  }

  private static Set<Candidate> top(List<Candidate> candidates) {
    Set<Candidate> top = new LinkedHashSet<>();
    candidates.stream()
        .filter(c -> c.share > 0)
        .sorted(Comparator.comparingDouble((Candidate c) -> c.share).reversed())
        .limit(TOP)
        .forEach(top::add);
    candidates.stream()
        .filter(c -> c.use.residentBytes() > 0)
        .sorted(Comparator.comparingLong((Candidate c) -> c.use.residentBytes()).reversed())
        .limit(TOP)
        .forEach(top::add);
    return top;
  }

  private List<Item> items(Set<Candidate> top) {
    List<Item> items = new ArrayList<>(top.size());
    for (Candidate one : top) {
      String user = source.user(one.use.pid());
      if (!user.isEmpty()) {
        items.add(
            Item.of(
                    Family.TOP_PROCESSES, one.use.name(), Integer.toString(one.use.pid()), user)
                .set(Metric.PROCESS_CPU_UTILIZATION, one.share)
                .set(Metric.PROCESS_MEMORY_BYTES, one.use.residentBytes())
                .build());
      }
    }
    return items;
  }

  private record Candidate(ProcessUse use, double share) {}
}
