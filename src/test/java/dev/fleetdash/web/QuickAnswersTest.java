package dev.fleetdash.web;

import static dev.fleetdash.testing.Patience.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
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
      await()
          .until(() -> {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port());
            deaf.add(socket);
            Thread.ofVirtual().start(() -> send(socket, many));
            return silent("/api/info");
          });

      assertThat(node.get("/health").statusCode()).isEqualTo(200);
      assertThat(node.get("/metrics").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : deaf) {
        socket.close();
      }
    }
  }

  private static void send(Socket socket, byte[] requests) {
    try {
      socket.getOutputStream().write(requests);
    } catch (IOException _) {
      // The server reads no more, and has given it up.
    }
  }

  /** On a busy machine it may only be slow, and then there is less to see, and nothing wrong. */
  private boolean silent(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri(path)).timeout(Duration.ofSeconds(2)).build();
    try {
      node.client().send(request, BodyHandlers.ofString());
      return false;
    } catch (HttpTimeoutException _) {
      return true;
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
