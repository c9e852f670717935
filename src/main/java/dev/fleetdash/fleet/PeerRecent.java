package dev.fleetdash.fleet;

import dev.fleetdash.history.Budget;
import dev.fleetdash.history.BusyException;
import dev.fleetdash.history.Recent;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The newest rows of another host, which is asked for them.
 *
 * @param memory for the answers of all hosts
 */
record PeerRecent(PeerClient client, HostName host, String address, Budget memory)
    implements Recent {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** One of the largest answers, or some dozens of those that charts ask for. */
  private static final int MEMORY_BYTES = 6 << 20;

  /** The memory for the answers of all hosts. */
  static Budget budget() {
    return new Budget(MEMORY_BYTES, PATIENCE);
  }

  @Override
  public OptionalLong pour(Query query, Sink into) throws IOException, InterruptedException {
    try (Room room = new Room(memory)) {
      PeerClient.Bounds bounds = new PeerClient.Bounds(PATIENCE, HistoryReport.MOST_BYTES, room);
      byte[] body = client.get(address, host, PeerPaths.history(query), bounds);
      return HistoryReport.pour(body, query, into);
    } catch (PeerException e) {
      throw new IOException("its newest rows are missing: " + e.reason(), e);
    }
  }

  /** What one answer takes: the thread that reads it takes it, whoever asked gives it back. */
  private static final class Room implements PeerClient.Room, AutoCloseable {
    private final Budget memory;
    private Budget.@Nullable Share share;
    private boolean closed;
    private volatile boolean awaited;

    Room(Budget memory) {
      this.memory = memory;
    }

    @Override
    public void take(long bytes) throws PeerException, InterruptedException {
      awaited = true;
      try {
        // The names of its series, which are kept while it is read, may be most of it.
        keep(memory.take(2 * bytes));
      } catch (BusyException _) {
        throw new PeerException(NONE);
      }
      awaited = false;
    }

    private synchronized void keep(Budget.Share next) throws PeerException {
      // A question may be put twice, with another key.
      giveBack(share);
      share = next;
      if (closed) {
        giveBack(next);
        throw new PeerException(NONE);
      }
    }

    @Override
    public boolean awaited() {
      return awaited;
    }

    @Override
    public synchronized void close() {
      closed = true;
      giveBack(share);
    }

    private static void giveBack(Budget.@Nullable Share share) {
      if (share != null) {
        share.close();
      }
    }
  }
}
