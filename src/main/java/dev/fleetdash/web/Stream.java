package dev.fleetdash.web;

import dev.fleetdash.sample.Row;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * One client of the live stream. Writes without blocking, one event at a time; while a write is
 * under way nothing new is taken, so that a slow client costs no more memory than a fast one.
 *
 * <p>{@link Streams} calls it from one thread; the network completes it from any.
 */
final class Stream extends IteratingCallback {
  private final Response response;
  private final EndPoint connection;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private boolean writing;
  private boolean ending;
  private long lastNanos;
  private @Nullable Row last;

  Stream(Request request, Response response, long nowNanos) {
    this.response = response;
    this.connection = request.getConnectionMetaData().getConnection().getEndPoint();
    this.lastNanos = nowNanos;
  }

  /** Completed when the client is gone, or after {@link #end}. */
  CompletableFuture<@Nullable Void> ended() {
    return ended;
  }

  /** Sends the events, in this order, ahead of any row. */
  void begin(List<byte[]> events, @Nullable Row newest, long nowNanos) {
    last = newest;
    write(events, nowNanos);
  }

  /** Sends the row, unless the client has it; false where an earlier event is still under way. */
  boolean offer(Row row, byte[] event, long nowNanos) {
    Row before = last;
    if (before != null && before.ts() == row.ts() && before.run() == row.run()) {
      return true;
    }
    if (busy()) {
      return false;
    }
    last = row;
    write(List.of(event), nowNanos);
    return true;
  }

  /** Sends the event; false where an earlier one is still under way. */
  boolean offer(byte[] event, long nowNanos) {
    if (busy()) {
      return false;
    }
    write(List.of(event), nowNanos);
    return true;
  }

  /** Sends {@code comment} where nothing else was begun for {@code quietNanos}. */
  void keepAlive(byte[] comment, long quietNanos, long nowNanos) {
    if (!busy() && nowNanos - lastNanos >= quietNanos) {
      write(List.of(comment), nowNanos);
    }
  }

  /** Whether a write has been under way for so long. */
  boolean stuck(long limitNanos, long nowNanos) {
    return busy() && nowNanos - lastNanos >= limitNanos;
  }

  /** Ends the answer properly, or breaks the connection where a write is under way. */
  void end() {
    synchronized (this) {
      ending = true;
    }
    if (busy()) {
      drop();
    } else {
      iterate();
    }
  }

  void drop() {
    connection.close();
  }

  private synchronized boolean busy() {
    return writing || !waiting.isEmpty();
  }

  private void write(List<byte[]> events, long nowNanos) {
    synchronized (this) {
      waiting.addAll(events);
      lastNanos = nowNanos;
    }
    iterate();
  }

  @Override
  protected Action process() {
    byte[] next;
    synchronized (this) {
      next = waiting.poll();
      writing = next != null;
      if (next == null) {
        return ending ? Action.SUCCEEDED : Action.IDLE;
      }
    }
    response.write(false, ByteBuffer.wrap(next), this);
    return Action.SCHEDULED;
  }

  @Override
  protected void onCompleteSuccess() {
    ended.complete(null);
  }

  @Override
  protected void onCompleteFailure(Throwable cause) {
    ended.complete(null);
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }
}
