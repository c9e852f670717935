package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Many connections of one manner, held by one thread. Who is thrown out comes back, but no more
 * than {@link #A_SECOND} a second, so that the horde does not take the machine from the node.
 */
final class Horde implements AutoCloseable {
  private static final int A_SECOND = 2_000;
  private static final Duration ROUND = Duration.ofMillis(50);
  private static final int LITTLE_BYTES = 400;
  private static final int SMALL_BUFFER = 1024;
  private static final int KEPT = 2048;

  private final Target target;
  private final Manner manner;
  private final Tally tally;
  private final Selector selector = Selector.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final List<Visitor> visitors = new ArrayList<>();
  private final byte[] little = new byte[LITTLE_BYTES];

  /** One connection. */
  private final class Visitor {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer says = ByteBuffer.wrap(manner.says().get());
    private final byte[] first = new byte[KEPT];
    private int firstBytes;
    private boolean told;
    private long since;
    private long dripped;

    Visitor(long now) throws IOException {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      if (manner.takes() != Manner.Taking.ALL) {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
      }
      since = now;
      dripped = now;
      try {
        channel.bind(target.source());
        key = channel.register(selector, SelectionKey.OP_CONNECT, this);
        channel.connect(target.node());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      tally.asked();
    }

    private void ready(long now) {
      try {
        if (key.isConnectable()) {
          channel.finishConnect();
          since = now;
          key.interestOps(SelectionKey.OP_WRITE);
        }
        if (key.isValid() && key.isWritable()) {
          channel.write(says);
          if (!says.hasRemaining()) {
            key.interestOps(manner.takes() == Manner.Taking.ALL ? SelectionKey.OP_READ : 0);
          }
        }
        if (key.isValid() && key.isReadable()) {
          read(buffer.clear());
        }
      } catch (IOException _) {
        leave(false);
      }
    }

    private void read(ByteBuffer into) throws IOException {
      int count = channel.read(into);
      into.flip();
      if (firstBytes < KEPT && count > 0) {
        int kept = Math.min(count, KEPT - firstBytes);
        into.get(first, firstBytes, kept);
        firstBytes += kept;
      }
      if (!told && firstBytes > 0) {
        tell();
      }
      if (count < 0) {
        leave(false);
      }
    }

    /** Notes the first answer, once enough of it is there. */
    private void tell() {
      String text = new String(first, 0, firstBytes, ISO_8859_1);
      boolean refused = text.startsWith("HTTP/1.1 4") || text.startsWith("HTTP/1.1 5");
      if (!text.contains("\r\n\r\n") || (refused && !text.contains("}}"))) {
        return;
      }
      told = true;
      if (!refused) {
        tally.outcome(text.substring(9, 12));
        return;
      }
      try {
        Answer.read(new ByteArrayInputStream(first, 0, firstBytes), false)
            .ifPresent(tally::answered);
      } catch (IOException _) {
        tally.outcome("broken answer");
      }
    }

    /** Does what is due by the clock; false where it is gone. */
    private boolean look(long now) {
      if (!channel.isOpen()) {
        return false;
      }
      boolean said = !says.hasRemaining();
      try {
        if (!manner.stays().isZero() && now - since > manner.stays().toNanos()) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0);
          leave(true);
          return false;
        }
        if (said && !manner.drips().isZero() && now - dripped > manner.drips().toNanos()) {
          dripped = now;
          channel.write(ByteBuffer.wrap(new byte[] {'x'}));
        }
        if (said && manner.takes() == Manner.Taking.LITTLE) {
          read(ByteBuffer.wrap(little));
        }
      } catch (IOException _) {
        leave(false);
      }
      return channel.isOpen();
    }

    private void leave(boolean byItself) {
      if (!told) {
        tally.outcome(byItself ? "hung up" : "closed without an answer");
      }
      try {
        channel.close();
      } catch (IOException _) {
        // It is gone either way.
      }
    }
  }

  Horde(Target target, Manner manner, Tally tally) throws IOException {
    this.target = target;
    this.manner = manner;
    this.tally = tally;
  }

  /** Holds so many connections open until the time is over. */
  void attack(int count, Until until) throws IOException {
    long allowance = 0;
    long last = System.nanoTime();
    while (!until.over()) {
      long now = System.nanoTime();
      visitors.removeIf(visitor -> !visitor.look(now));
      allowance = Math.min(A_SECOND * 100L, allowance + (now - last) * A_SECOND / 1_000_000);
      last = now;
      for (; visitors.size() < count && allowance >= 1_000; allowance -= 1_000) {
        if (!open(now)) {
          break;
        }
      }
      serve(now + ROUND.toNanos());
    }
  }

  private boolean open(long now) {
    try {
      visitors.add(new Visitor(now));
      return true;
    } catch (IOException _) {
      tally.outcome("not connected");
      return false;
    }
  }

  private void serve(long end) throws IOException {
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      selector.select(
          key -> {
            if (key.attachment() instanceof Visitor visitor && key.isValid()) {
              visitor.ready(System.nanoTime());
            }
          },
          Math.max(1, left / 1_000_000));
    }
  }

  /** How many are connected, or about to be. */
  int size() {
    return visitors.size();
  }

  @Override
  public void close() throws IOException {
    for (Visitor visitor : visitors) {
      Optional.of(visitor.channel).filter(SocketChannel::isOpen).ifPresent(Horde::reset);
    }
    selector.close();
  }

  private static void reset(SocketChannel channel) {
    try (channel) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException _) {
      // It is gone either way.
    }
  }
}
