package dev.fleetdash;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar in a process that may open few files. */
class TooManyFilesIT {
  private static final List<String> FEW_FILES =
      List.of("bash", "-c", "ulimit -n 100 && exec \"$@\"", "-");
  private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n%s\r\n";

  private static final String BY_JETTY = "\tat org.eclipse.jetty";

  /** Others cannot open a file either, and say so; without a bound there are hundreds. */
  private static final int MOST_LINES = 100;

  @TempDir private Path directory;

  @Test
  void moreIdleClientsThanFilesFillNoLogAndKeepNobodyOut() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try (RunningJar node = RunningJar.start(directory, Map.of(), FEW_FILES, "127.0.0.1")) {
      node.sampling().watched();
      for (int i = 0; i < 400; i++) {
        idle.add(ask(node, HEALTH.formatted("")));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(health(node)).startsWith("HTTP/1.1 200 ");
      }
      int before = node.seen().size();
      Patience.await().until(() -> node.seen().size() > before + 2);

      assertThat(node.output())
          .containsOnlyOnce("failing part=connections reason=\"a connection could not be accepted")
          .doesNotContain(BY_JETTY);
      assertThat(node.output().lines()).hasSizeLessThan(MOST_LINES);
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  @Test
  void moreViewersThanFilesFillNoLogAndAreLetInWhenOthersLeave() throws Exception {
    Deque<Socket> viewers = new ArrayDeque<>();
    try (RunningJar node = RunningJar.start(directory, Map.of(), FEW_FILES, "127.0.0.1")) {
      node.sampling();
      for (int i = 0; i < 150; i++) {
        viewers.add(ask(node, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      }
      Patience.await().until(() -> node.output().contains("failing part=connections"));
      while (viewers.size() > 20) {
        viewers.removeFirst().close();
      }

      assertThat(health(node)).startsWith("HTTP/1.1 200 ");
      for (Socket viewer : viewers) {
        assertThat(viewer.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
      }
      assertThat(node.output()).containsOnlyOnce("part=connections").doesNotContain(BY_JETTY);
      assertThat(node.output().lines()).hasSizeLessThan(MOST_LINES);
    } finally {
      for (Socket viewer : viewers) {
        viewer.close();
      }
    }
  }

  private static Socket ask(RunningJar node, String request) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
    socket.setSoTimeout(Patience.MILLIS);
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    return socket;
  }

  private static String health(RunningJar node) throws IOException {
    try (Socket socket = ask(node, HEALTH.formatted("Connection: close\r\n"))) {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
