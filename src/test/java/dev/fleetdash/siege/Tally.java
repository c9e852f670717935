package dev.fleetdash.siege;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/** What became of the questions of an attack. Safe for use by several threads. */
final class Tally {
  private static final int MOST_FAULTS = 10;

  private final LongAdder asked = new LongAdder();
  private final Map<String, LongAdder> outcomes = new ConcurrentSkipListMap<>();
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final AtomicInteger kept = new AtomicInteger();

  /** Something was asked. */
  void asked() {
    asked.increment();
  }

  void answered(Answer answer) {
    outcome(Integer.toString(answer.status()));
    answer.fault(false).ifPresent(fault -> fault(answer.status() + ": " + fault));
  }

  /** Another end of a question: {@code no answer}, {@code closed}. */
  void outcome(String what) {
    outcomes.computeIfAbsent(what, _ -> new LongAdder()).increment();
  }

  private void fault(String what) {
    if (kept.incrementAndGet() <= MOST_FAULTS) {
      faults.add(what.length() > 300 ? what.substring(0, 300) : what);
    }
  }

  long questions() {
    return asked.sum();
  }

  /** Refusals that are no sentences: the first few. */
  Queue<String> faults() {
    return faults;
  }

  /** As in {@code 200 × 17, 503 × 4}. */
  @Override
  public String toString() {
    return outcomes.entrySet().stream()
        .map(one -> one.getKey() + " × " + one.getValue().sum())
        .collect(Collectors.joining(", "));
  }
}
