package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.fleet.FleetKeys;
import dev.fleetdash.fleet.PeerGate;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.RawPeer;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/** Members of the fleet whose answers are none, each in its own way, while people look at them. */
final class BadPeers implements Attack {
  private static final InstantSource CLOCK = InstantSource.system();
  private static final int MUCH = 256 << 20;

  private final List<RawPeer> peers = new ArrayList<>();
  private final List<String> names = new ArrayList<>();

  @Override
  public String name() {
    return "bad-peers";
  }

  @Override
  public String what() {
    return "16 clients look at hosts whose answers drip, never end, are huge, forged, packed, deep"
        + " or of others";
  }

  @Override
  public void prepare(Besieged node) throws IOException {
    try (Archive archive = node.archive()) {
      FleetKeys keys = new FleetKeys(archive, System::nanoTime, new Telemetry(CLOCK));
      keys.refresh().join();
      Neighbours neighbours = new Neighbours(archive);
      for (var kind : kinds(keys).entrySet()) {
        RawPeer peer = new RawPeer(kind.getValue());
        peers.add(peer);
        names.add(kind.getKey());
        neighbours.moveIn(new HostName(kind.getKey()), peer.address());
      }
    }
  }

  private static Map<String, RawPeer.Answer> kinds(FleetKeys keys) throws IOException {
    Map<String, RawPeer.Answer> kinds = new LinkedHashMap<>();
    kinds.put("bad-silent", (_, _) -> LockSupport.parkNanos(Duration.ofSeconds(10).toNanos()));
    kinds.put("bad-drip", (_, out) -> drip(out));
    kinds.put("bad-huge", (_, out) -> flood(out, "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(65_536)));
    kinds.put("bad-head", (_, out) -> flood(out, "HTTP/1.1 200 OK\r\n", "X: y\r\n".repeat(1000)));
    kinds.put(
        "bad-continue", (_, out) -> flood(out, "", "HTTP/1.1 100 Continue\r\n\r\n".repeat(100)));
    kinds.put(
        "bad-length",
        (_, out) ->
            out.write("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n".getBytes(ISO_8859_1)));
    kinds.put(
        "bad-redirect",
        (_, out) ->
            out.write(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(ISO_8859_1)));
    kinds.put(
        "bad-login",
        (_, out) ->
            out.write(
                "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate, NTLM\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(ISO_8859_1)));
    kinds.put("bad-noise", (_, out) -> out.write("SSH-2.0-OpenSSH_9.6\r\n".getBytes(ISO_8859_1)));
    byte[] bomb = Gzip.compress(new byte[32 << 20]);
    kinds.put("bad-packed", signed(keys, "bad-packed", bomb, "Content-Encoding: gzip\r\n"));
    Map<String, String> bodies =
        Map.of(
            "bad-deep",
            "{\"rows\":" + "[".repeat(100_000),
            "bad-many",
            "{\"rows\":[" + "1,".repeat(200_000) + "1]}",
            "bad-other",
            "{\"rows\":[{\"ts\":1,\"host\":\"web-1\",\"run\":1}]}",
            "bad-future",
            row("bad-future", 9_000_000_000_000_000_000L, ""),
            "bad-mounts",
            row("bad-mounts", 0, mounts()),
            "bad-number",
            row("bad-number", 0, ",\"load1\":1e4000,\"load5\":-1e-4000"));
    bodies.forEach((name, body) -> kinds.put(name, signed(keys, name, body.getBytes(UTF_8), "")));
    return kinds;
  }

  private static String row(String host, long ts, String more) {
    long now = ts == 0 ? CLOCK.instant().getEpochSecond() : ts;
    return "{\"rows\":[{\"ts\":%d,\"host\":\"%s\",\"run\":1%s}]}".formatted(now, host, more);
  }

  private static String mounts() {
    StringBuilder mounts = new StringBuilder(",\"filesystems\":[");
    for (int i = 0; i < 4_096; i++) {
      mounts.append(
          "%s{\"mount\":\"/<b>%d\",\"type\":\"ext4\",\"used_bytes\":7}"
              .formatted(i == 0 ? "" : ",", i));
    }
    return mounts.append("]").toString();
  }

  /** A whole answer, with a signature that holds. */
  private static RawPeer.Answer signed(FleetKeys keys, String name, byte[] body, String fields) {
    PeerGate gate =
        new PeerGate(new HostName(name), keys, new Telemetry(CLOCK).clocks(), System::nanoTime);
    return (head, out) -> {
      String path = head.split(" ", 3)[1];
      String authorization =
          head.lines()
              .filter(line -> line.startsWith("Authorization: "))
              .map(line -> line.substring("Authorization: ".length()))
              .findFirst()
              .orElse("");
      if (gate.check("GET", path, authorization) instanceof PeerGate.Verdict.Admitted admitted) {
        out.write(
            "HTTP/1.1 200 OK\r\n%s: %s\r\n%sContent-Length: %d\r\n\r\n"
                .formatted(
                    gate.header(), gate.sign(admitted.pass(), 200, body), fields, body.length)
                .getBytes(ISO_8859_1));
        out.write(body);
      }
    };
  }

  private static void drip(OutputStream out) throws IOException {
    byte[] head = "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n".getBytes(ISO_8859_1);
    for (int i = 0; i < 1_000; i++) {
      out.write(i < head.length ? head[i] : 'x');
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static void flood(OutputStream out, String head, String again) throws IOException {
    out.write(head.getBytes(ISO_8859_1));
    byte[] more = again.getBytes(ISO_8859_1);
    for (int sent = 0; sent < MUCH; sent += more.length) {
      out.write(more);
    }
  }

  private String path() {
    String name = names.get(ThreadLocalRandom.current().nextInt(names.size()));
    return switch (ThreadLocalRandom.current().nextInt(5)) {
      case 0 -> "/api/fleet";
      case 1 -> "/hosts/" + name;
      case 2 -> "/api/live?host=" + name;
      case 3 -> "/api/history?hosts=" + String.join(",", names) + "&metrics=load1&from=-2h";
      default -> "/api/stream/fleet?hosts=" + String.join(",", names);
    };
  }

  @Override
  public void run(Besieged node, Tally tally, Until until) {
    new Askers(node.target(), tally)
        .attack(16, () -> node.target().get(path()), Duration.ofMillis(20), until);
  }

  @Override
  public void close() throws IOException {
    for (RawPeer peer : peers) {
      peer.close();
    }
  }
}
