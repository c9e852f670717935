package dev.fleetdash.collect;

import dev.fleetdash.testing.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;

/**
 * Both clocks and all timers of a sampler, driven by a test's thread. A task may drive them on from
 * within, which stands for the time that it takes.
 */
final class ManualTime {
  final FakeClock wall;
  private final List<Task> tasks = new ArrayList<>();
  private long nanos = 5_000_000_000L;

  ManualTime(String start) {
    this.wall = new FakeClock(start);
  }

  SampleClock clock() {
    return new SampleClock(wall, () -> nanos);
  }

  /** Lets time pass and does what falls due. */
  void advance(Duration by) {
    long until = nanos + by.toNanos();
    for (Task next = next(until); next != null; next = next(until)) {
      tasks.remove(next);
      pass(Math.max(0, next.at - nanos));
      next.run();
    }
    pass(Math.max(0, until - nanos));
  }

  /** Lets time pass in which nothing is done: the process is stopped. */
  void stop(Duration by) {
    pass(by.toNanos());
  }

  /** What the crew's workers do takes none of it. */
  @SuppressWarnings("WaitNotInLoop") // The crew's own wait is the loop.
  static long untimed(Condition done, long nanos) throws InterruptedException {
    done.await(1, TimeUnit.MILLISECONDS);
    return nanos;
  }

  ScheduledExecutorService timer(String name) {
    return new Timer();
  }

  private void pass(long more) {
    nanos += more;
    wall.advance(Duration.ofNanos(more));
  }

  private @org.jspecify.annotations.Nullable Task next(long until) {
    return tasks.stream()
        .filter(t -> t.at - until <= 0 && !t.timer.shutdown)
        .min(Comparator.comparingLong(t -> t.at))
        .orElse(null);
  }

  private final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    final Timer timer;
    final long at;

    Task(Timer timer, Runnable work, long at) {
      super(() -> {
        work.run();
        return "done";
      });
      this.timer = timer;
      this.at = at;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  private final class Timer extends AbstractExecutorService implements ScheduledExecutorService {
    private boolean shutdown;

    @Override
    public void execute(Runnable work) {
      tasks.add(new Task(this, work, nanos));
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
      Task task = new Task(this, work, nanos + unit.toNanos(delay));
      if (!shutdown) {
        tasks.add(task);
      }
      return task;
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> work, long delay, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(
        Runnable work, long initial, long period, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable work, long initial, long delay, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutdown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return shutdown;
    }
  }
}
