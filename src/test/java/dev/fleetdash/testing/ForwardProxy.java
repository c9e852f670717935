package dev.fleetdash.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A proxy as stands between a company's network and the internet, on the loopback. It knows some
 * names, which nobody else has to know, and refuses all others. For several threads.
 */
public final class ForwardProxy implements AutoCloseable {
  private final ServerSocket server;
  private final Map<String, Integer> ports = new ConcurrentHashMap<>();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private volatile @Nullable String login;

  public ForwardProxy() throws IOException {
    server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Accepting.start(server, this::serve);
  }

  /** As in a variable for proxies. */
  public String address() {
    return "http://127.0.0.1:" + server.getLocalPort();
  }

  /** With a user and password in it. */
  public String address(String userAndPassword) {
    return "http://" + userAndPassword + "@127.0.0.1:" + server.getLocalPort();
  }

  /** From now on the host is that port of the loopback. */
  public void knows(String host, int port) {
    ports.put(host, port);
  }

  /** From now on whoever asks has to say these, with a colon between. */
  public void demand(String userAndPassword) {
    login = Base64.getEncoder().encodeToString(userAndPassword.getBytes(ISO_8859_1));
  }

  /** What was asked for, as in {@code CONNECT host:443} or {@code GET http://host/path}. */
  public List<String> seen() {
    return List.copyOf(seen);
  }

  private void serve(Socket client) {
    try (client) {
      String head = Accepting.head(client.getInputStream());
      String[] words = head.split(" ", 3);
      if (words.length < 3) {
        return;
      }
      seen.add(words[0] + " " + words[1]);
      if (login != null && !head.contains(": Basic " + login + "\r\n")) {
        refuse(
            client, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"");
      } else if (words[0].equals("CONNECT")) {
        pass(client, words[1].split(":", 2)[0], "");
      } else {
        String[] address = words[1].replaceFirst("^http://", "").split("/", 2);
        pass(
            client,
            address[0].split(":", 2)[0],
            words[0]
                + " /"
                + (address.length < 2 ? "" : address[1])
                + " "
                + words[2]
                    .replaceAll("(?im)^(proxy-[a-z]+|connection|expect):.*\\r\\n", "")
                    .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n"));
      }
    } catch (IOException _) {
      // One of both has gone.
    }
  }

  private void pass(Socket client, String host, String request) throws IOException {
    Integer port = ports.get(host);
    if (port == null) {
      refuse(client, "403 Forbidden");
      return;
    }
    try (Socket upstream = new Socket(InetAddress.getLoopbackAddress(), port)) {
      if (request.isEmpty()) {
        write(client, "HTTP/1.1 200 Connection established\r\n\r\n");
      } else {
        upstream.getOutputStream().write(request.getBytes(ISO_8859_1));
      }
      Thread back =
          Thread.ofVirtual()
              .start(() -> {
                Accepting.copy(upstream, client);
                quietly(client);
              });
      Accepting.copy(client, upstream);
      Patience.join(back);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void quietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is closed.
    }
  }

  private static void refuse(Socket client, String status) throws IOException {
    write(client, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }

  private static void write(Socket to, String text) throws IOException {
    OutputStream out = to.getOutputStream();
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
