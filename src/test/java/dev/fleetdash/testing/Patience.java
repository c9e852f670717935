package dev.fleetdash.testing;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * How long a test waits for what has to happen. Nothing depends on how fast the machine is: only
 * what hangs is ever waited for that long. The limits of whole tests are in {@code
 * junit-platform.properties}, and longer, so that the wait is what fails and says for what.
 */
public final class Patience {
  /** Some hundred times what the slowest of these waits takes on an idle machine of two cores. */
  public static final Duration LIMIT = Duration.ofMinutes(5);

  /** The same for sockets. */
  public static final int MILLIS = Math.toIntExact(LIMIT.toMillis());

  private Patience() {}

  /** Waits until a condition holds. */
  public static ConditionFactory await() {
    return Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(50));
  }

  /** Waits until the latch is open. */
  public static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the latch is still closed after " + LIMIT);
    }
  }

  /** Waits for a result. */
  public static <T> T get(Future<T> future) throws InterruptedException, ExecutionException {
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no result after " + LIMIT, e);
    }
  }

  /** Waits until the thread has ended. */
  public static void join(Thread thread) throws InterruptedException {
    if (!thread.join(LIMIT)) {
      throw new AssertionError(thread + " still runs after " + LIMIT);
    }
  }

  /** Waits until the process has ended; returns its exit code. */
  public static int exitCode(Process process) throws InterruptedException {
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError(process + " still runs after " + LIMIT);
    }
    return process.exitValue();
  }

  /** A request that waits for its answer. */
  public static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(LIMIT);
  }
}
