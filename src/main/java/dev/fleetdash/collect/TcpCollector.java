package dev.fleetdash.collect;

import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * TCP connections by state, IPv4 and IPv6. The kernel's tables can be long, so they are counted as
 * they stream by.
 */
final class TcpCollector implements Collector {
  private final Path tcp;
  private final Path tcp6;

  TcpCollector(Path proc) {
    this.tcp = proc.resolve("net/tcp");
    this.tcp6 = proc.resolve("net/tcp6");
  }

  @Override
  public String name() {
    return "tcp";
  }

  @Override
  public boolean due(Due due) {
    return due.every(Metric.TCP_ESTABLISHED.cadenceSeconds());
  }

  @Override
  public Reading collect(Due due) throws IOException {
    TcpStates states = new TcpStates();
    count(tcp, states);
    try {
      count(tcp6, states);
    } catch (NoSuchFileException e) {
      // A host without IPv6 has all its connections in the first table.
    }
    return new Reading()
        .set(Metric.TCP_ESTABLISHED, states.count(TcpStates.ESTABLISHED))
        .set(Metric.TCP_SYN_SENT, states.count(TcpStates.SYN_SENT))
        .set(Metric.TCP_SYN_RECEIVED, states.count(TcpStates.SYN_RECEIVED, TcpStates.NEW_SYN_RECEIVED))
        .set(Metric.TCP_FIN_WAIT, states.count(TcpStates.FIN_WAIT1, TcpStates.FIN_WAIT2))
        .set(Metric.TCP_TIME_WAIT, states.count(TcpStates.TIME_WAIT))
        .set(Metric.TCP_CLOSE_WAIT, states.count(TcpStates.CLOSE_WAIT))
        .set(Metric.TCP_CLOSING, states.count(TcpStates.LAST_ACK, TcpStates.CLOSING))
        .set(Metric.TCP_LISTEN, states.count(TcpStates.LISTEN));
  }

  private static void count(Path table, TcpStates states) throws IOException {
    byte[] chunk = new byte[8192];
    try (InputStream in = Files.newInputStream(table)) {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        states.add(chunk, length);
      }
    }
    states.endOfTable();
  }
}
