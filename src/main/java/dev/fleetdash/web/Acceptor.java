package dev.fleetdash.web;

import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections also while the process has as many files open as it may: somebody who idles
 * is closed for each that comes. Where nobody idles, those that come wait in the kernel's queue.
 * Jetty would log a stack trace for each attempt, of which there are many in a second.
 */
final class Acceptor extends ServerConnector {
  /** Without a failure, until it counts as over: one that comes and goes is told once. */
  private static final Duration QUIET = Duration.ofMinutes(1);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Buffers' sizes are multiples of it: the least that a connection has. */
  static final int LEAST_BUFFER_BYTES = 2 << 10;

  private static final int LARGEST_BUFFER_BYTES = 64 << 10;
  private static final int BUFFERS_OF_A_SIZE = 1024;

  /** What is kept for connections to come, in the heap and outside of it. */
  private static final int KEPT_BYTES = 1 << 20;

  private final Connections connections;
  private final Part part;
  private final LongSupplier nanoTime;
  private volatile boolean failing;
  private volatile long failedNanos;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  Acceptor(
      Server server,
      HttpConnectionFactory factory,
      Connections connections,
      LongSupplier nanoTime,
      Telemetry telemetry) {
    // Connections are accepted by the one selector thread: two threads fewer.
    super(server, null, null, buffers(), 0, 1, factory);
    this.connections = connections;
    this.nanoTime = nanoTime;
    this.part = telemetry.part("connections");
    addBean(connections);
  }

  private static ByteBufferPool buffers() {
    return new ArrayByteBufferPool(
        0, LEAST_BUFFER_BYTES, LARGEST_BUFFER_BYTES, BUFFERS_OF_A_SIZE, KEPT_BYTES, KEPT_BYTES);
  }

  /** Called by the constructor above ours, before there are fields; used only later. */
  @Override
  protected SelectorManager newSelectorManager(
      Executor executor, Scheduler scheduler, int selectors) {
    return new ServerConnectorManager(executor, scheduler, selectors) {
      @Override
      protected @Nullable SelectableChannel doAccept(SelectableChannel listening)
          throws IOException {
        try {
          SelectableChannel accepted = super.doAccept(listening);
          if (accepted != null) {
            succeeded();
          }
          return accepted;
        } catch (IOException e) {
          if (!isRunning() || !listening.isOpen()) {
            throw e;
          }
          failed(e);
          return null;
        }
      }
    };
  }

  private void succeeded() {
    if (!failing || nanoTime.getAsLong() - failedNanos >= QUIET.toNanos()) {
      failing = false;
      part.up();
    }
  }

  /** The selector tries again at once; what was closed is given back to the system before. */
  private void failed(IOException e) {
    failedNanos = nanoTime.getAsLong();
    failing = true;
    part.failing(
        "a connection could not be accepted: "
            + e.getMessage()
            + "; idle ones are closed for new ones; let the process open more files (ulimit -n,"
            + " LimitNOFILE), or find who holds them");
    if (!connections.makeRoom()) {
      setAccepting(false);
      getScheduler().schedule(this::resume, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void resume() {
    if (isRunning()) {
      setAccepting(true);
    }
  }
}
