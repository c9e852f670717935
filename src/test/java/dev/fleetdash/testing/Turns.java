package dev.fleetdash.testing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs several actors so that only one of them is ever between two of its steps, in an order drawn
 * from a seed: the same seed, the same schedule.
 */
public final class Turns {
  private final Random random;
  private final Set<Thread> running = new HashSet<>();
  private final List<Thread> waiting = new ArrayList<>();

  public Turns(long seed) {
    this.random = new Random(seed);
  }

  /** Waits until it is the calling actor's turn; others go on at once. */
  public synchronized void step() {
    Thread me = Thread.currentThread();
    if (!running.contains(me)) {
      return;
    }
    waiting.add(me);
    choose();
    try {
      while (waiting.contains(me)) {
        wait();
      }
    } catch (InterruptedException e) {
      me.interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void choose() {
    if (!waiting.isEmpty() && waiting.size() == running.size()) {
      waiting.remove(random.nextInt(waiting.size()));
      notifyAll();
    }
  }

  private synchronized void leave() {
    running.remove(Thread.currentThread());
    choose();
  }

  private synchronized void join(int actors) throws InterruptedException {
    running.add(Thread.currentThread());
    notifyAll();
    while (running.size() < actors && !begun) {
      wait();
    }
    begun = true;
  }

  private boolean begun;

  /** Returns when all actors have finished; fails with the first that failed. */
  public void run(List<Callable<?>> actors) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (Callable<?> actor : actors) {
        all.add(
            threads.submit(() -> {
              join(actors.size());
              try {
                return actor.call();
              } finally {
                leave();
              }
            }));
      }
      for (Future<?> one : all) {
        try {
          one.get();
        } catch (ExecutionException e) {
          throw new IllegalStateException("an actor failed", e.getCause());
        }
      }
    }
  }
}
