package dev.fleetdash.siege;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Several attacks at once. */
record Together(String name, String what, List<Attack> attacks) implements Attack {
  /** All whose memory is bounded by a rule of its own, which have to fit into one heap. */
  static Together ofAllThatTakesMemory() {
    return new Together(
        "all-at-once",
        "at once: charts of everything, of the fleet's page and of ever other hosts, what happened"
            + " to thousands, answers that nobody reads, streams with made-up hosts",
        List.of(
            Questions.ofEverything(),
            Questions.ofTheFleetsPage(),
            Questions.ofPermutations(),
            Questions.ofWhatHappened(),
            Connections.deafCharts(),
            Connections.deafStreams(),
            Connections.slowReaders(),
            Connections.strangersOnScreen()));
  }

  @Override
  public void run(Besieged node, Tally tally, Until until) throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (Attack attack : attacks) {
        running.add(
            threads.submit(() -> {
              attack.run(node, tally, until);
              return null;
            }));
      }
      for (Future<?> attack : running) {
        attack.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("an attack could not be made", e.getCause());
    }
  }
}
