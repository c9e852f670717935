package dev.fleetdash.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.fleet.FleetKeys;
import dev.fleetdash.fleet.PeerGate;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many hosts in one process: each has a record in an archive and a loopback address of its own, and
 * answers {@code /peer/live} there, signed, with a row of now. For measuring the host that asks.
 */
public final class PeerSwarm implements AutoCloseable {
  private static final InstantSource CLOCK = InstantSource.system();

  private final ServerSocket server;
  private final Map<String, Peer> peers = new TreeMap<>();
  private final AtomicLong requests = new AtomicLong();

  private record Peer(HostName host, PeerGate gate) {}

  /** Makes so many, known to whoever reads that archive. */
  public PeerSwarm(Archive archive, int count) throws IOException {
    FleetKeys keys = new FleetKeys(archive, System::nanoTime, new Telemetry(CLOCK));
    keys.refresh().join();
    server = new ServerSocket(0, 1000);
    HostRecords records = new HostRecords(archive);
    for (int i = 0; i < count; i++) {
      HostName host = new HostName("swarm-%04d".formatted(i));
      String address = "127.1.%d.%d:%d".formatted(i / 250, i % 250 + 1, server.getLocalPort());
      peers.put(
          address,
          new Peer(
              host, new PeerGate(host, keys, new Telemetry(CLOCK).clocks(), System::nanoTime)));
      record(records, host, address, i);
    }
    Thread.ofVirtual().start(this::accept);
  }

  private static void record(HostRecords records, HostName host, String address, int number)
      throws IOException {
    long now = CLOCK.instant().getEpochSecond();
    LocalDate day = HostRecords.day(now);
    Machine machine =
        new Machine(
            "swarm-" + number,
            Optional.of("zone-" + number % 3),
            Optional.of("t4g.micro"),
            Optional.empty(),
            Optional.of(address),
            "swarm",
            1);
    Run run = new Run(now * 1000, now, now, Optional.empty());
    records.replace(
        day,
        records.find(day, host),
        new HostRecord(host, machine, now, 0, false, HostRecord.State.RUNNING, List.of(run)));
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        answer(head, client.getOutputStream());
      }
    } catch (IOException _) {
      // The client is gone.
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream(512);
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
      ends = next == (ends % 2 == 0 ? '\r' : '\n') ? ends + 1 : 0;
    }
    return head.toString(ISO_8859_1);
  }

  private static String field(String head, String name) {
    return head.lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElse("");
  }

  private void answer(String head, OutputStream out) throws IOException {
    requests.incrementAndGet();
    Peer peer = peers.get(field(head, "Host"));
    if (peer == null) {
      throw new IOException("nobody is at " + field(head, "Host"));
    }
    String path = head.split(" ", 3)[1];
    if (!(peer.gate().check("GET", path, field(head, "Authorization"))
        instanceof PeerGate.Verdict.Admitted admitted)) {
      throw new IOException("refused");
    }
    byte[] body = body(peer.host());
    out.write(
        "HTTP/1.1 200 OK\r\n%s: %s\r\nContent-Length: %d\r\n\r\n"
            .formatted(
                peer.gate().header(), peer.gate().sign(admitted.pass(), 200, body), body.length)
            .getBytes(ISO_8859_1));
    out.write(body);
  }

  private static byte[] body(HostName host) {
    long now = CLOCK.instant().getEpochSecond();
    Row.Builder row = Row.at(now, host, now / 86_400 * 86_400_000);
    for (Metric metric : Metric.scalars()) {
      row.set(metric, (now % 60) / 100.0);
    }
    String json = new String(row.build().json(), ISO_8859_1);
    return ("{\"rows\":[" + json + "],\"seen\":" + json + "}").getBytes(ISO_8859_1);
  }

  /** How many questions were put so far. */
  public long requests() {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  /**
   * Runs until standard input ends: {@code PeerSwarm file:DIR COUNT}. Prints "ready", and at each
   * line on standard input how many questions were put since the last one.
   */
  public static void main(String[] args) throws IOException {
    Archive archive = ArchiveLocation.parse(args[0]).open(new Telemetry(CLOCK));
    try (PeerSwarm swarm = new PeerSwarm(archive, Integer.parseInt(args[1]))) {
      System.out.println("ready");
      long before = 0;
      while (System.in.read() >= 0) {
        long now = swarm.requests();
        System.out.println(now - before);
        before = now;
      }
    }
  }
}
