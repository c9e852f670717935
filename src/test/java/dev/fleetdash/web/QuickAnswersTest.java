package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A query takes a request to the routes, so that the same answer can be had from both. */
final class QuickAnswersTest {
  /** More than there are threads of any kind. */
  private static final int MANY = 12;

  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/health, /health?from=balancer, */*",
    "/api/live, /api/live?host=web-1, */*",
    "/api/live, /api/live?host=web-1, text/html",
    "/metrics, /metrics?&, */*",
    "/metrics, /metrics?&, 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'",
  })
  void anAnswerIsByteForByteTheRoutesOne(String quick, String routed, String accept)
      throws Exception {
    node.tick(1);

    String answer = ask(quick, accept);

    assertThat(answer).startsWith("HTTP/1.1 200 ").isEqualTo(ask(routed, accept));
  }

  @Test
  void aStalledNodeIsToldLikewise() throws Exception {
    node.stalled = true;

    assertThat(ask("/health", "*/*"))
        .startsWith("HTTP/1.1 503 ")
        .isEqualTo(ask("/health?from=balancer", "*/*"));
  }

  @Test
  void aDrainingNodeIsToldLikewise() throws Exception {
    node.server.drain();

    assertThat(ask("/health", "*/*"))
        .startsWith("HTTP/1.1 503 ")
        .isEqualTo(ask("/health?from=balancer", "*/*"));
  }

  @Test
  void withoutARowLiveIsLeftToTheRoutes() throws Exception {
    assertThat(ask("/api/live", "*/*"))
        .startsWith("HTTP/1.1 503 ")
        .isEqualTo(ask("/api/live?host=web-1", "*/*"));
  }

  @Test
  void severalRequestsInOnePacketAreAnsweredInTheirOrder() throws Exception {
    node.tick(1);
    String one = "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    String answers =
        raw(
            one.formatted("/health")
                + one.formatted("/api/info")
                + one.formatted("/api/live")
                + last);

    assertThat(answers.replaceAll("(?s).*?\r\n\r\n(\\{\"[a-z]+\")", "$1 "))
        .startsWith("{\"status\" {\"host\" {\"ts\" {\"status\" ");
  }

  @Test
  void clientsThatDoNotReadKeepNobodyFromAnAnswer() throws Exception {
    String page = node.get("/").body();
    String asset = page.replaceAll("(?s).*\"(/assets/[^\"]+\\.js)\".*", "$1");
    byte[] many =
        ("GET " + asset + " HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(2000).getBytes(ISO_8859_1);
    List<Socket> deaf = new ArrayList<>();
    try {
      for (int i = 0; i < MANY; i++) {
        deaf.add(new Socket(InetAddress.getLoopbackAddress(), node.server.port()));
        Socket socket = deaf.getLast();
        Thread.ofVirtual().start(() -> write(socket, many));
      }

      for (String path : List.of("/health", "/metrics", "/api/info", "/", "/nothing?x", asset)) {
        assertThat(node.get(path).statusCode()).as(path).isNotEqualTo(503);
      }
    } finally {
      for (Socket socket : deaf) {
        socket.close();
      }
    }
  }

  @Test
  void clientsThatNeverPauseKeepNobodyFromAnAnswer() throws Exception {
    byte[] many =
        "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000).getBytes(ISO_8859_1);
    List<Socket> eager = new ArrayList<>();
    try {
      for (int i = 0; i < MANY; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port());
        eager.add(socket);
        Thread.ofVirtual().start(() -> drain(socket));
        Thread.ofVirtual()
            .start(() -> {
              while (write(socket, many)) {
                Thread.onSpinWait();
              }
            });
      }

      for (String path : List.of("/health", "/api/info", "/")) {
        assertThat(node.get(path).statusCode()).as(path).isEqualTo(200);
      }
    } finally {
      for (Socket socket : eager) {
        socket.close();
      }
    }
  }

  private static boolean write(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static void drain(Socket socket) {
    try {
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException _) {
      // Closed by the test.
    }
  }

  private String ask(String path, String accept) throws IOException {
    return raw("GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nAccept: "
            + accept
            + "\r\nConnection: close\r\n\r\n")
        .replaceFirst("(?m)^Date: .*\r\n", "");
  }

  /** What the server sends until it closes the connection. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
