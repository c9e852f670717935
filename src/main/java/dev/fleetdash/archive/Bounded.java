package dev.fleetdash.archive;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.AbortedException;

/**
 * Asks somebody who may never answer, for so long and no longer. Who comes while a question waits
 * waits for its answer, and there is never a second one, even where the first cannot be broken off.
 * Safe for use by several threads.
 */
final class Bounded<T> {
  private final Duration bound;
  private @Nullable UnderWay<T> underWay;

  private record UnderWay<T>(FutureTask<T> task, Thread thread) {}

  Bounded(Duration bound) {
    this.bound = bound;
  }

  /**
   * The answer.
   *
   * @throws TimeoutException when there was none in time
   * @throws AbortedException when whoever waits is interrupted
   */
  T get(Supplier<T> question) throws TimeoutException {
    FutureTask<T> task = task(question);
    try {
      return task.get(bound.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // Ends what waits for a network; a process that hangs goes on, and no other is started.
      task.cancel(true);
      throw e;
    } catch (CancellationException _) {
      throw new TimeoutException("given up already");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw AbortedException.create("interrupted while credentials were asked for", e);
    }
  }

  private synchronized FutureTask<T> task(Supplier<T> question) {
    UnderWay<T> present = underWay;
    if (present != null && (!present.task.isDone() || stuck(present))) {
      return present.task;
    }
    FutureTask<T> task = new FutureTask<>(question::get);
    underWay = new UnderWay<>(task, Thread.ofVirtual().name("credentials").start(task));
    return task;
  }

  private static boolean stuck(UnderWay<?> present) {
    return present.task.isCancelled() && present.thread.isAlive();
  }
}
