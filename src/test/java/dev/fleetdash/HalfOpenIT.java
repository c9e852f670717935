package dev.fleetdash;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar with the flags that it is shipped with outlives clients that never finish a request. */
class HalfOpenIT {
  private static final int CONNECTIONS = 6000;
  private static final byte[] HALF =
      ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(7000)).getBytes(ISO_8859_1);

  @TempDir private Path directory;

  @Test
  void thousandsOfHalfOpenRequestsTakeNothingFromOthers() throws Exception {
    List<SocketChannel> open = new ArrayList<>();
    try (RunningJar node = RunningJar.start(directory, Map.of())) {
      node.sampling().watched();
      for (int i = 0; i < CONNECTIONS; i++) {
        open.add(halfOpen(node.port()));
        if (i % 500 == 0) {
          assertThat(status(node, "/health")).isEqualTo(200);
          assertThat(status(node, "/")).isEqualTo(200);
        }
      }

      assertThat(status(node, "/health")).isEqualTo(200);
      assertThat(status(node, "/")).isEqualTo(200);
      assertThat(status(node, "/api/history?metrics=load1&from=-1m")).isEqualTo(200);
      for (SocketChannel one : open) {
        assertClosed(one);
      }
      int before = node.seen().size();
      Patience.await().until(() -> node.seen().size() > before);
      assertThat(node.output()).doesNotContain("OutOfMemoryError", "WARN ", "ERROR ");
    } finally {
      for (SocketChannel one : open) {
        one.close();
      }
    }
  }

  /** On a connection of its own: one that waits for its next request is closed for newer ones. */
  private static int status(RunningJar node, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket
          .getOutputStream()
          .write(
              "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .formatted(path)
                  .getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      return Integer.parseInt(answer.substring(9, 12));
    }
  }

  private static SocketChannel halfOpen(int port) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    try {
      channel.write(ByteBuffer.wrap(HALF));
    } catch (IOException _) {
      // Closed already.
    }
    return channel;
  }

  /** Returns when it is; the other side waits for ten seconds. */
  private static void assertClosed(SocketChannel channel) {
    try {
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    } catch (IOException _) {
      // Closed while there was something not read.
    }
  }
}
