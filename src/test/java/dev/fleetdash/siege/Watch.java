package dev.fleetdash.siege;

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
 * Asks the same again and again, each time over a new connection, and notes how long each answer
 * took.
 */
final class Watch implements AutoCloseable {
  private static final String CLOSE = "Connection: close";
  private static final int MOST_FAULTS = 10;

  private final InetSocketAddress node;
  private final InetSocketAddress source;
  private final List<byte[]> requests;
  private final Duration pause;
  private final List<Long> nanos = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private int refused;
  private volatile boolean closed;

  /**
   * What was noted since the last look.
   *
   * @param faults why a question was not answered 200: the first few
   * @param refused how many were not
   */
  record Latencies(List<Long> sortedNanos, List<String> faults, int refused) {
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

  private Watch(InetSocketAddress node, InetAddress source, Duration pause, List<byte[]> requests) {
    this.node = node;
    this.source = new InetSocketAddress(source, 0);
    this.pause = pause;
    this.requests = requests;
    Thread.ofPlatform().daemon().name("watch").start(this::watch);
  }

  /** Asks for the health from the loopback, as a balancer does. */
  static Watch health(int port) {
    InetAddress here = InetAddress.ofLiteral("127.0.0.1");
    Target target = new Target(new InetSocketAddress(here, port), List.of(here));
    return new Watch(
        target.node(), here, Duration.ofMillis(50), List.of(target.get("/health", CLOSE)));
  }

  /**
   * Looks at the page and a chart from an address of its own, as somebody does who is no part of
   * it.
   */
  static Watch visitor(Target target, InetAddress source) {
    return new Watch(
        target.node(),
        source,
        Duration.ofMillis(250),
        List.of(
            target.get("/", CLOSE),
            target.get("/api/history?metrics=cpu_utilization&from=-5m&points=60", CLOSE)));
  }

  private void watch() {
    for (int i = 0; !closed; i++) {
      long before = System.nanoTime();
      String fault = ask(requests.get(i % requests.size()));
      note(System.nanoTime() - before, fault);
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  private synchronized void note(long took, String fault) {
    nanos.add(took);
    if (!fault.isEmpty()) {
      refused++;
      if (faults.size() < MOST_FAULTS) {
        faults.add(fault);
      }
    }
  }

  private String ask(byte[] request) {
    try (Socket socket = new Socket()) {
      socket.bind(source);
      socket.setSoTimeout(Patience.MILLIS);
      socket.connect(node, Patience.MILLIS);
      socket.getOutputStream().write(request);
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
    Latencies noted = new Latencies(sorted, List.copyOf(faults), refused);
    refused = 0;
    nanos.clear();
    faults.clear();
    return noted;
  }

  @Override
  public void close() {
    closed = true;
  }
}
