package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReadInTurnTest {
  private final Server jetty = new Server(new QueuedThreadPool());

  /** The first reader gives back its buffer only when a second one is there. */
  private final AtomicReference<@Nullable Thread> first = new AtomicReference<>();

  private final AtomicBoolean givesBack = new AtomicBoolean();
  private final Set<Thread> besideTheFirst = ConcurrentHashMap.newKeySet();

  @AfterEach
  void stop() throws Exception {
    jetty.stop();
  }

  /** As Jetty's pool, but giving back the first buffer takes until somebody else reads. */
  private final class SlowPool extends ArrayByteBufferPool {
    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean direct) {
      if (givesBack.get() && reading(Thread.currentThread())) {
        besideTheFirst.add(Thread.currentThread());
      }
      return new RetainableByteBuffer.Wrapper(super.acquire(size, direct)) {
        @Override
        public boolean release() {
          if (reading(Thread.currentThread())
              && first.compareAndSet(null, Thread.currentThread())) {
            givesBack.set(true);
            Patience.await().until(() -> !besideTheFirst.isEmpty() || somebodyWaits());
            givesBack.set(false);
          }
          return super.release();
        }
      };
    }
  }

  private static boolean reading(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("onFillable"));
  }

  private boolean somebodyWaits() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread ->
            thread != first.get() && thread.getState() == Thread.State.WAITING && reading(thread));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "\u0000\u0001\u0002\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
      })
  void aHeadThatCannotBeReadIsLetGoOfBeforeAnotherThreadReadsOn(String head) throws Exception {
    start();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));

      assertThat(status(socket.getInputStream())).startsWith("HTTP/1.1 4");
      Patience.await().until(() -> first.get() != null);
      socket.getInputStream().readAllBytes();
    }
    Patience.await().until(() -> jetty.getConnectors()[0].getConnectedEndPoints().isEmpty());

    assertThat(besideTheFirst).isEmpty();
  }

  private static String status(InputStream in) throws Exception {
    return new String(in.readNBytes("HTTP/1.1 400".length()), ISO_8859_1);
  }

  private int port() {
    return ((ServerConnector) jetty.getConnectors()[0]).getLocalPort();
  }

  private void start() throws Exception {
    jetty.addConnector(
        new ServerConnector(
            jetty, null, null, new SlowPool(), 0, 1, new ReadInTurn(new HttpConfiguration())));
    jetty.start();
  }
}
