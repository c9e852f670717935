package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HostHeaderTest {
  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.answering(folder, "localhost", "127.0.0.1", "[::1]");
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:8080",
        "LocalHost:80",
        "localhost.",
        "127.0.0.1:1",
        "[::1]:8080",
        "[::1]"
      })
  void anAllowedHostIsAnswered(String host) throws Exception {
    assertThat(ask("/health", host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"attacker.example", "localhost.attacker.example:8080", "127.0.0.2", "xlocalhost"})
  void aForeignHostIsTurnedAwayWhateverThePath(String host) throws Exception {
    for (String path : new String[] {"/", "/health", "/api/live", "/nothing", "/assets/a/b"}) {
      assertThat(ask(path, host))
          .startsWith("HTTP/1.1 421 ")
          .contains("\"code\":\"bad_host\"")
          .contains("FLEETDASH_ALLOW_HOSTS")
          .contains("\"field\":\"Host\"");
    }
  }

  @Test
  void anAddressInTheRequestLineCountsAsTheHost() throws Exception {
    assertThat(
            raw(
                "GET http://attacker.example/health HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421 ");
  }

  @Test
  void aRequestWithoutAHostIsForTheAddressItCameTo() throws Exception {
    assertThat(raw("GET /health HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200 ");
  }

  private String ask(String path, String host) throws Exception {
    return raw("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }

  private String raw(String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
