package dev.fleetdash.history;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does many tasks, a few at a time, however many there are: one that has not begun takes no thread.
 * After a failure nothing more is begun. Safe for use by several threads.
 */
final class Window {
  private final ArchiveReader archive;
  private final int atOnce;
  private final Deque<Task> waiting = new ArrayDeque<>();
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

  synchronized void add(Task task) {
    add(List.of(task));
  }

  synchronized void add(Collection<? extends Task> tasks) {
    if (failure != null) {
      return;
    }
    waiting.addAll(tasks);
    for (int more = Math.min(atOnce - workers, waiting.size()); more > 0; more--) {
      var _ = archive.submit(this::work);
      workers++;
    }
  }

  /** Returns when all is done, also what was added meanwhile. */
  synchronized void await() throws IOException, InterruptedException {
    try {
      while (workers > 0) {
        wait();
      }
    } catch (InterruptedException e) {
      fail(e);
    }
    switch (failure) {
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

  private synchronized @Nullable Task next() {
    Task next = waiting.poll();
    if (next == null) {
      workers--;
      notifyAll();
    }
    return next;
  }

  private synchronized void fail(Throwable cause) {
    failure = failure == null ? cause : failure;
    waiting.clear();
  }
}
