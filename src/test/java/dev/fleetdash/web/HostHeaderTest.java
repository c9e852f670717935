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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HostHeaderTest {
  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.answering(folder, "dash.example");
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
        "[::1]",
        "dash.example:443",
        "10.0.1.17:8080",
        "203.0.113.7",
        "[2001:db8::17]:8080"
      })
  void anAllowedHostIsAnswered(String host) throws Exception {
    assertThat(ask("/api/info", host)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "attacker.example",
        "localhost.attacker.example:8080",
        "127.0.0.1.attacker.example",
        "dash.example.attacker.example",
        "2130706433",
        "0.0.0.0",
        "[::]:8080",
        "xlocalhost"
      })
  void aForeignHostIsTurnedAwayWhateverThePath(String host) throws Exception {
    for (String path :
        new String[] {"/", "/health/details", "/api/live", "/metrics", "/nothing", "/assets/a/b"}) {
      assertThat(ask(path, host))
          .startsWith("HTTP/1.1 421 ")
          .contains("\"code\":\"bad_host\"")
          .contains("FLEETDASH_ALLOW_HOSTS")
          .contains("\"field\":\"Host\"");
    }
  }

  @Test
  void balancersAskForTheHealthUnderAnyName() throws Exception {
    assertThat(ask("/health", "attacker.example")).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void anAddressInTheRequestLineCountsAsTheHost() throws Exception {
    assertThat(
            raw(
                "GET http://attacker.example/metrics HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 421 ");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/history?metrics=load1, cross-site, no-cors, image",
    "/api/history?metrics=load1, cross-site, navigate, document",
    "/api/fleet, same-site, cors, empty",
    "/api/stream, cross-site, cors, empty",
    "/metrics, cross-site, no-cors, script",
    "/health/details, cross-site, no-cors, script",
    "/peer/live, cross-site, no-cors, image",
    "/, cross-site, navigate, iframe",
    "/, cross-site, no-cors, image",
  })
  void whatAnotherSitesPageAsksIsRefused(String path, String site, String mode, String dest)
      throws Exception {
    assertThat(askAs(path, site, mode, dest))
        .startsWith("HTTP/1.1 403 ")
        .contains("\"code\":\"cross_site\"")
        .contains("\"field\":\"Sec-Fetch-Site\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/info, same-origin, cors, empty",
    "/api/info, none, navigate, document",
    "/, cross-site, navigate, document",
    "/, same-site, navigate, document",
  })
  void ownPagesAndLinksToPagesAreAnswered(String path, String site, String mode, String dest)
      throws Exception {
    assertThat(askAs(path, site, mode, dest)).startsWith("HTTP/1.1 200 ");
  }

  private String askAs(String path, String site, String mode, String dest) throws Exception {
    return raw(
        """
        GET %s HTTP/1.1\r
        Host: localhost\r
        Sec-Fetch-Site: %s\r
        Sec-Fetch-Mode: %s\r
        Sec-Fetch-Dest: %s\r
        Connection: close\r
        \r
        """
            .formatted(path, site, mode, dest));
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
