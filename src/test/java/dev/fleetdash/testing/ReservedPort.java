package dev.fleetdash.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;

/**
 * A port for a server that has to be told its port before it starts, or that goes and comes back.
 * Nobody else is given it meanwhile: a socket is bound to it that does not listen, and beside that
 * a server may listen that sets {@code SO_REUSEADDR}, as servers do. Without a server connections
 * are refused.
 */
public final class ReservedPort implements AutoCloseable {
  /** Elsewhere the socket would keep the server away too, so there the port is only found free. */
  private static final boolean KEPT =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

  private final Socket socket;
  private final int number;

  private ReservedPort(Socket socket) {
    this.socket = socket;
    this.number = socket.getLocalPort();
  }

  /** Reserves one of the loopback. */
  public static ReservedPort take() throws IOException {
    return take(InetAddress.getLoopbackAddress());
  }

  /** Reserves one of another address of this machine. */
  static ReservedPort take(InetAddress address) throws IOException {
    Socket socket = new Socket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(address, 0));
    ReservedPort taken = new ReservedPort(socket);
    if (!KEPT) {
      socket.close();
    }
    return taken;
  }

  public int number() {
    return number;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
