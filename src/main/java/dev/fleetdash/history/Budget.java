package dev.fleetdash.history;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that answers may take, all of them together. Whoever wants some takes it before it
 * allocates anything, waits a moment where others have it, and gives it back when its answer was
 * written. Safe for use by several threads.
 */
public final class Budget {
  /** A chart that takes longer to begin is asked again. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int KIB = 1 << 10;

  private final Semaphore kib;
  private final int most;
  private final Duration patience;

  /**
   * @param bytes in all
   */
  public Budget(int bytes) {
    this(bytes, PATIENCE);
  }

  /**
   * @param bytes in all
   * @param patience how long whoever wants some waits for it
   */
  public Budget(int bytes, Duration patience) {
    this.patience = patience;
    this.most = bytes / KIB;
    // In the order in which they came: a large answer is not to wait for all small ones.
    this.kib = new Semaphore(most, true);
  }

  /**
   * A share, when it is there.
   *
   * @param bytes one that is more than there is takes all there is
   * @throws BusyException when others have had too much of it for too long
   */
  public Share take(long bytes) throws BusyException, InterruptedException {
    int wanted = (int) Math.min(most, kib(bytes));
    if (!kib.tryAcquire(wanted, patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new BusyException(
          "this node has no memory left for one more answer of that size; ask for less, or try"
              + " again");
    }
    return new Share(this, wanted);
  }

  private static long kib(long bytes) {
    return Math.ceilDiv(bytes, KIB);
  }

  /** What one answer has. Closing it twice does nothing more. */
  public static final class Share implements AutoCloseable {
    private final Budget budget;
    private int taken;
    private long used;

    private Share(Budget budget, int taken) {
      this.budget = budget;
      this.taken = taken;
    }

    /** Notes that so many bytes more are used, which are taken if they are there right now. */
    public synchronized boolean use(long bytes) {
      int more = (int) Math.min(budget.most, Math.max(0, kib(used + bytes) - taken));
      if (more > 0 && !budget.kib.tryAcquire(more)) {
        return false;
      }
      taken += more;
      used += bytes;
      return true;
    }

    /** How many bytes are used. */
    public synchronized long used() {
      return used;
    }

    @Override
    public synchronized void close() {
      budget.kib.release(taken);
      taken = 0;
    }
  }
}
