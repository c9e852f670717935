package dev.fleetdash.web;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;

/**
 * The body of one answer, in pieces, so that a large one is never copied to grow, and each piece is
 * let go when it was taken. What is kept is counted by {@link Connections} for the client's
 * connection. Written by one thread, then sent.
 */
final class Pieces extends OutputStream {
  private static final int PIECE_BYTES = 32 * 1024;

  private final Connection connection;
  private final Connections connections;
  private final Queue<ByteBuffer> full = new ArrayDeque<>();
  private @Nullable ByteBuffer open;
  private long length;

  Pieces(Connection connection, Connections connections) {
    this.connection = connection;
    this.connections = connections;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * @throws ApiException where too much is kept already
   */
  @Override
  public void write(byte[] bytes, int offset, int count) {
    int left = count;
    while (left > 0) {
      ByteBuffer piece = room();
      int now = Math.min(left, piece.remaining());
      piece.put(bytes, offset + count - left, now);
      left -= now;
    }
    length += count;
  }

  private ByteBuffer room() {
    ByteBuffer piece = open;
    if (piece != null && piece.hasRemaining()) {
      return piece;
    }
    finish();
    keep(PIECE_BYTES);
    ByteBuffer next = ByteBuffer.allocate(PIECE_BYTES);
    open = next;
    return next;
  }

  private void finish() {
    ByteBuffer piece = open;
    if (piece != null) {
      full.add(piece.flip());
      open = null;
    }
  }

  /**
   * Adds bytes without copying them.
   *
   * @param own how many of them are kept for this answer alone
   */
  void share(byte[] bytes, int own) {
    finish();
    keep(own);
    full.add(ByteBuffer.wrap(bytes));
    length += bytes.length;
  }

  private void keep(int bytes) {
    if (!connections.keep(connection, bytes)) {
      letGo();
      throw new ApiException(
          ApiError.BUSY, "too many answers wait on this node to be read; try again");
    }
  }

  long length() {
    return length;
  }

  /** Forgets all of it. */
  void letGo() {
    full.clear();
    open = null;
    connections.letGo(connection);
  }

  /**
   * Writes all of it without blocking.
   *
   * @return completed when it was taken, or the client is gone
   */
  CompletableFuture<?> write(Response response) {
    finish();
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    new Writing(response, done).iterate();
    return done;
  }

  private final class Writing extends IteratingCallback {
    private final Response response;
    private final CompletableFuture<@Nullable Void> done;

    Writing(Response response, CompletableFuture<@Nullable Void> done) {
      this.response = response;
      this.done = done;
    }

    @Override
    protected Action process() {
      ByteBuffer next = full.poll();
      if (next == null) {
        return Action.SUCCEEDED;
      }
      response.write(false, next, this);
      return Action.SCHEDULED;
    }

    @Override
    protected void onCompleteSuccess() {
      end();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      // The client is gone and so is whom to tell.
      end();
    }

    private void end() {
      letGo();
      done.complete(null);
    }
  }
}
