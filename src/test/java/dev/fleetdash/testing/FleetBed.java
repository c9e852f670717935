package dev.fleetdash.testing;

import static dev.fleetdash.testing.Patience.await;

import dev.fleetdash.archive.S3Archive;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A fleet: nodes of the shipped jar, an S3, and a balancer before them. Nodes are numbered from 1.
 *
 * <p>On ports of the loopback, or, where {@code fleetdash.bed} is {@code namespaces}, in the
 * network namespaces {@code node-N} with the addresses {@code 10.78.0.(10+N)}, which {@code
 * src/test/fleet/run} makes; this machine is 10.78.0.1 there.
 */
public final class FleetBed implements AutoCloseable {
  /** At most so many. */
  public static final int NODES = 5;

  private static final boolean NAMESPACES =
      System.getProperty("fleetdash.bed", "").equals("namespaces");

  private final Path directory;
  private final S3Server s3;
  private final List<ReservedPort> ports;
  private final Map<Integer, FaultProxy> ways = new HashMap<>();
  private final Map<Integer, RunningJar> running = new TreeMap<>();
  private final Balancer balancer;

  private FleetBed(Path directory, S3Server s3, List<ReservedPort> ports) throws IOException {
    this.directory = directory;
    this.s3 = s3;
    this.ports = ports;
    List<String> nodes = new ArrayList<>();
    for (int n = 1; n <= NODES; n++) {
      nodes.add(address(n) + ":" + port(n));
      if (!NAMESPACES) {
        ways.put(n, FaultProxy.before(port(n)));
      }
    }
    this.balancer = Balancer.before(nodes, directory);
  }

  /** The bed without any node. */
  public static FleetBed make(Path directory) throws IOException {
    List<ReservedPort> ports = new ArrayList<>();
    for (int n = 1; n <= NODES && !NAMESPACES; n++) {
      ports.add(ReservedPort.take());
    }
    S3Server s3 =
        NAMESPACES
            ? new S3Server(InetAddress.ofLiteral("10.78.0.1"), "fleet")
            : new S3Server("fleet");
    return new FleetBed(directory, s3, List.copyOf(ports));
  }

  private static String address(int n) {
    return NAMESPACES ? "10.78.0." + (10 + n) : "127.0.0.1";
  }

  private int port(int n) {
    return NAMESPACES ? 8080 : ports.get(n - 1).number();
  }

  /** Starts a node, or starts it again; returns when it samples. */
  public RunningJar start(int n) throws IOException {
    Path own = Files.createDirectories(directory.resolve(name(n)));
    Map<String, String> environment = new HashMap<>(s3.environment("s3://fleet"));
    environment.put("FLEETDASH_HOST", name(n));
    environment.put("FLEETDASH_PORT", Integer.toString(port(n)));
    environment.put("FLEETDASH_BIND", address(n));
    environment.put("FLEETDASH_DRAIN", "2s");
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    if (NAMESPACES) {
      environment.put("FLEETDASH_ADVERTISE", address(n));
    } else {
      environment.put("FLEETDASH_ADVERTISE", way(n).endpoint().getAuthority());
      environment.put("FLEETDASH_PEERS_ALLOW", "127.0.0.0/8");
    }
    List<String> through = NAMESPACES ? List.of("ip", "netns", "exec", name(n)) : List.of();
    RunningJar node = RunningJar.start(own, environment, through, address(n)).sampling();
    running.put(n, node);
    return node;
  }

  /** As in {@code FLEETDASH_HOST}. */
  public static String name(int n) {
    return "node-" + n;
  }

  public RunningJar node(int n) {
    RunningJar node = running.get(n);
    if (node == null) {
      throw new IllegalArgumentException("node " + n + " was not started");
    }
    return node;
  }

  private FaultProxy way(int n) {
    FaultProxy way = ways.get(n);
    if (way == null) {
      throw new IllegalArgumentException("there is no node " + n);
    }
    return way;
  }

  /** From now on its peers do not reach it; the balancer and S3 do. */
  public void cut(int n) throws IOException, InterruptedException {
    if (!NAMESPACES) {
      way(n).refuse();
      return;
    }
    for (int peer : peers(n)) {
      ip("-n", name(n), "route", "add", "blackhole", address(peer) + "/32");
    }
  }

  /** Takes {@link #cut} back. */
  public void heal(int n) throws IOException, InterruptedException {
    if (!NAMESPACES) {
      way(n).heal();
      return;
    }
    for (int peer : peers(n)) {
      ip("-n", name(n), "route", "del", "blackhole", address(peer) + "/32");
    }
  }

  private static int[] peers(int n) {
    return IntStream.rangeClosed(1, NODES).filter(peer -> peer != n).toArray();
  }

  private static void ip(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    int status = Patience.exitCode(new ProcessBuilder(command).inheritIO().start());
    if (status != 0) {
      throw new IllegalStateException("failed with " + status + ": " + String.join(" ", command));
    }
  }

  /** What a browser is pointed at. */
  public URI balancer() {
    return balancer.uri();
  }

  /** Returns when the balancer has so many nodes in service. */
  public void awaitInService(int nodes) {
    balancer.awaitInService(nodes);
  }

  public S3Server s3() {
    return s3;
  }

  /** Returns when so many hosts have a record in the bucket, by which they find each other. */
  public void awaitRecords(int hosts) {
    try (S3Archive archive = s3.archive("s3://fleet", new Telemetry(InstantSource.system()))) {
      await().until(() -> archive.list("v1/hosts/", 100).size() >= hosts);
    }
  }

  /** The last second that the bucket holds of a node; 0 where there is none. */
  public long lastArchived(int n) throws IOException {
    try (S3Archive archive = s3.archive("s3://fleet", new Telemetry(InstantSource.system()))) {
      return ArchivedRows.seconds(archive, new HostName(name(n))).stream()
          .mapToLong(Long::longValue)
          .max()
          .orElse(0);
    }
  }

  @Override
  public void close() throws IOException {
    for (RunningJar node : running.values()) {
      node.close();
    }
    balancer.close();
    for (FaultProxy way : ways.values()) {
      way.close();
    }
    for (ReservedPort port : ports) {
      port.close();
    }
    s3.close();
  }
}
