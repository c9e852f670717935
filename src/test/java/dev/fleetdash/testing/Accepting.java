package dev.fleetdash.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What the servers of tests do alike with their connections. */
final class Accepting {
  private Accepting() {}

  /** Serves each client on a thread of its own until the server is closed; returns at once. */
  static void start(ServerSocket server, Consumer<Socket> serve) {
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              Socket client = server.accept();
              Thread.ofVirtual().start(() -> serve.accept(client));
            } catch (IOException _) {
              return;
            }
          }
        });
  }

  /** The head of a request with its empty line; empty when the client went before its end. */
  static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  /** Passes on what one sends to the other, until it ends. */
  static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException _) {
      // The other direction ends too.
    }
  }
}
