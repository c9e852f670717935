import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Holds streams of the node on a loopback port open and reads them: {@code java Viewers.java PORT STREAMS [PATH]}. Prints "open" when
 * each has had its first bytes. At a line on standard input it says how many bytes came since the last one, on how many of the streams.
 */
final class Viewers {
  private final Selector selector;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
  private final List<Viewer> viewers = new ArrayList<>();
  private final CountDownLatch opening;

  /** One stream. */
  private static final class Viewer {
    boolean open;
    long bytes;
  }

  private Viewers(int port, int streams, String path) throws IOException {
    selector = Selector.open();
    opening = new CountDownLatch(streams);
    byte[] request =
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n".formatted(path, port).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < streams; i++) {
      SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.write(ByteBuffer.wrap(request));
      channel.configureBlocking(false);
      Viewer viewer = new Viewer();
      viewers.add(viewer);
      channel.register(selector, SelectionKey.OP_READ, viewer);
    }
  }

  private void readAll() {
    try {
      while (true) {
        selector.select(this::read);
      }
    } catch (IOException e) {
      System.err.println("viewers: " + e);
    }
  }

  private synchronized void read(SelectionKey key) {
    Viewer viewer = (Viewer) key.attachment();
    try {
      buffer.clear();
      int count = ((SocketChannel) key.channel()).read(buffer);
      if (count < 0) {
        throw new IOException("closed by the server");
      }
      viewer.bytes += count;
      if (!viewer.open) {
        viewer.open = true;
        opening.countDown();
      }
    } catch (IOException e) {
      System.err.println("viewers: a stream ended: " + e.getMessage());
      key.cancel();
    }
  }

  private synchronized void report() {
    long reading = viewers.stream().filter(viewer -> viewer.bytes > 0).count();
    System.out.println(viewers.stream().mapToLong(viewer -> viewer.bytes).sum() + " " + reading);
    viewers.forEach(viewer -> viewer.bytes = 0);
  }

  /** Runs until standard input ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Viewers all = new Viewers(Integer.parseInt(args[0]), Integer.parseInt(args[1]), args.length > 2 ? args[2] : "/api/stream");
    Thread.ofPlatform().daemon().start(all::readAll);
    all.opening.await();
    System.out.println("open");
    while (System.in.read() >= 0) {
      all.report();
    }
  }
}
