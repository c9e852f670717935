package dev.fleetdash.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on the loopback that answers each request with whatever bytes a test wants. */
public final class RawPeer implements AutoCloseable {
  /** Answers one request; the connection is closed after it. */
  public interface Answer {
    /**
     * Writes all of the answer.
     *
     * @param head the request's
     */
    void write(String head, OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket server;
  private final AtomicInteger requests = new AtomicInteger();

  public RawPeer(Answer answer) throws IOException {
    server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Accepting.start(server, client -> serve(client, answer));
  }

  private void serve(Socket client, Answer answer) {
    try (client) {
      String head = Accepting.head(client.getInputStream());
      if (!head.isEmpty()) {
        requests.incrementAndGet();
        answer.write(head, client.getOutputStream());
      }
    } catch (IOException _) {
      // The client has had enough.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** As in a record. */
  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  public int requests() {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
