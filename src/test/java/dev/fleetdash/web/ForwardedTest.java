package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.place.AddressBlock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose word counts for the host that a client asked for. */
final class ForwardedTest {
  @TempDir private Path folder;

  @Test
  void whatAProxyPassesOnOpensNoDoor() throws Exception {
    try (RunningServer node = RunningServer.in(folder);
        Server server = node.another(listen("127.0.0.1"))) {
      server.start();

      assertThat(status(server, "10.0.1.17:8080", "metrics.example.org")).isEqualTo(200);
      assertThat(status(server, "10.0.1.17:8080", "metrics.example.org:443")).isEqualTo(200);
      assertThat(status(server, "metrics.example.org", "")).isEqualTo(200);
      assertThat(status(server, "evil.example.net", "metrics.example.org")).isEqualTo(421);
      assertThat(status(server, "metrics.example.org", "evil.example.net")).isEqualTo(421);
      assertThat(status(server, "metrics.example.org", "metrics.example.org, evil.example.net"))
          .isEqualTo(421);
      assertThat(
              status(
                  server,
                  "metrics.example.org",
                  "metrics.example.org\r\nX-Forwarded-Host: evil.example.net"))
          .isEqualTo(421);
      assertThat(status(server, "internal", "")).isEqualTo(421);
    }
  }

  @Test
  void nobodyElseIsBelieved() throws Exception {
    try (RunningServer node = RunningServer.in(folder);
        Server server = node.another(listen("10.0.0.1"))) {
      server.start();

      assertThat(status(server, "evil.example.net", "metrics.example.org")).isEqualTo(421);
      assertThat(status(server, "metrics.example.org", "evil.example.net")).isEqualTo(200);
    }
  }

  @Test
  void peersAskByAddressAndAreJudgedByTheirSignature() throws Exception {
    try (RunningServer node = RunningServer.in(folder);
        Server server = node.another(listen("10.0.0.1"))) {
      server.start();

      assertThat(request(server, "/peer/live", "10.0.1.17:8080", "")).startsWith("HTTP/1.1 401 ");
      assertThat(request(server, "/peer/history", "10.0.1.17:8080", ""))
          .startsWith("HTTP/1.1 401 ")
          .endsWith(
              "{\"error\":{\"code\":\"unauthorized\",\"message\":\"this path is for members of the fleet\"}}");
      assertThat(request(server, "/peer/../api/live", "10.0.1.17:8080", ""))
          .startsWith("HTTP/1.1 4");
    }
  }

  private static Listen listen(String proxy) {
    return new Listen(
        "127.0.0.1", 0, Set.of("metrics.example.org"), List.of(AddressBlock.parse(proxy)));
  }

  private static int status(Server server, String host, String forwarded) throws IOException {
    return Integer.parseInt(request(server, "/api/info", host, forwarded).substring(9, 12));
  }

  private static String request(Server server, String path, String host, String forwarded)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), server.port())) {
      String head =
          "GET %s HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n"
              .formatted(
                  path, host, forwarded.isEmpty() ? "" : "X-Forwarded-Host: " + forwarded + "\r\n");
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }
}
