package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.fleetdash.testing.Patience;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks {@code /health} again and again, as a balancer does, each time over a new connection from
 * the loopback, and notes how long each answer took.
 */
final class Watch implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final int MOST_FAULTS = 10;

  private final InetSocketAddress node;
  private final List<Long> nanos = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private volatile boolean closed;

  /**
   * What was noted since the last look.
   *
   * @param faults why a question was not answered 200: the first few
   */
  record Latencies(List<Long> sortedNanos, List<String> faults) {
    /** In milliseconds; of none 0. */
    double percentile(double share) {
      return sortedNanos.isEmpty()
          ? 0
          : sortedNanos.get((int) Math.ceil(share * (sortedNanos.size() - 1))) / 1e6;
    }

    int answers() {
      return sortedNanos.size();
    }
  }

  Watch(int port) {
    this.node = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    Thread.ofPlatform().daemon().name("watch").start(this::watch);
  }

  private void watch() {
    while (!closed) {
      long before = System.nanoTime();
      String fault = ask();
      note(System.nanoTime() - before, fault);
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private synchronized void note(long took, String fault) {
    nanos.add(took);
    if (!fault.isEmpty() && faults.size() < MOST_FAULTS) {
      faults.add(fault);
    }
  }

  private String ask() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(Patience.MILLIS);
      socket.connect(node, Patience.MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(US_ASCII));
      Optional<Answer> answer =
          Answer.read(new BufferedInputStream(socket.getInputStream()), false);
      return answer
          .map(one -> one.status() == 200 ? "" : one.status() + " " + one.text())
          .orElse("closed without an answer");
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What was noted, and begins anew. */
  synchronized Latencies take() {
    List<Long> sorted = nanos.stream().sorted().toList();
    Latencies noted = new Latencies(sorted, List.copyOf(faults));
    nanos.clear();
    faults.clear();
    return noted;
  }

  @Override
  public void close() {
    closed = true;
  }
}
