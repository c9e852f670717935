package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The node under attack, as strangers see it.
 *
 * @param node where it listens
 * @param sources addresses of this machine from which strangers come, in turn
 */
record Target(InetSocketAddress node, List<InetAddress> sources, AtomicInteger turn) {
  Target(InetSocketAddress node, List<InetAddress> sources) {
    this(node, sources, new AtomicInteger());
  }

  /** Who comes next. */
  InetSocketAddress source() {
    return new InetSocketAddress(
        sources.get(Math.floorMod(turn.getAndIncrement(), sources.size())), 0);
  }

  /** A whole GET; the fields without their line ends. */
  byte[] get(String path, String... fields) {
    return head(path, fields).concat("\r\n").getBytes(ISO_8859_1);
  }

  /** A GET without the empty line that would end it. */
  String head(String path, String... fields) {
    StringBuilder head =
        new StringBuilder(
            "GET %s HTTP/1.1\r\nHost: %s:%d\r\n"
                .formatted(path, node.getAddress().getHostAddress(), node.getPort()));
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.toString();
  }
}
