package dev.fleetdash.history;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Does many tasks, a few at a time, however many there are: one that has not begun takes no thread.
 * After a failure nothing more is begun. Safe for use by several threads.
 */
final class Window {
  private final ArchiveReader archive;
  private final int atOnce;
  private final Deque<Task> waiting = new ArrayDeque<>();

  /**
   * No monitor: the JVM keeps 170 bytes outside the heap for each object that was ever waited for,
   * until it looks for idle ones, and a chart of 50 hosts has 52 of these.
   */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition done = lock.newCondition();
  private int workers;
  private @Nullable Throwable failure;

  /** Does something, and may add other tasks. */
  interface Task {
    void run() throws IOException, InterruptedException;
  }

  /**
   * @param archive gives the threads
   */
  Window(ArchiveReader archive, int atOnce) {
    this.archive = archive;
    this.atOnce = atOnce;
  }

  void add(Task task) {
    add(List.of(task));
  }

  void add(Collection<? extends Task> tasks) {
    lock.lock();
    try {
      if (failure != null) {
        return;
      }
      waiting.addAll(tasks);
      for (int more = Math.min(atOnce - workers, waiting.size()); more > 0; more--) {
        var _ = archive.submit(this::work);
        workers++;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns when all is done, also what was added meanwhile. */
  void await() throws IOException, InterruptedException {
    switch (failure()) {
      case null -> {
        // All is well.
      }
      case IOException e -> throw e;
      case InterruptedException e -> throw e;
      case Throwable e -> throw new IOException("cannot read history", e);
    }
  }

  private Object work() {
    for (Task task = next(); task != null; task = next()) {
      try {
        task.run();
      } catch (IOException | InterruptedException | RuntimeException | Error e) {
        fail(e);
      }
    }
    return this;
  }

  private @Nullable Throwable failure() {
    lock.lock();
    try {
      while (workers > 0) {
        done.await();
      }
      return failure;
    } catch (InterruptedException e) {
      fail(e);
      return failure;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Task next() {
    lock.lock();
    try {
      Task next = waiting.poll();
      if (next == null) {
        workers--;
        done.signalAll();
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void fail(Throwable cause) {
    lock.lock();
    try {
      failure = failure == null ? cause : failure;
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }
}
