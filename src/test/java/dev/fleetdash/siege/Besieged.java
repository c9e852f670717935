package dev.fleetdash.siege;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.ArchivedRows;
import dev.fleetdash.testing.Crowd;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The jar as it is shipped, on what the setting says, with {@link Neighbours} in its archive. */
final class Besieged implements AutoCloseable {
  /** In a network of its own, made by {@code src/siege/run}, strangers have other addresses. */
  private static final boolean NAMESPACE =
      System.getProperty("fleetdash.siege", "").equals("namespace");

  private static final String STRANGERS = NAMESPACE ? "10.79.1." : "127.0.1.";
  private static final int SOURCES = 64;
  private static final Duration LATE = Duration.ofSeconds(2);

  private final Path directory;
  private final Setting setting;
  private final @Nullable S3Server s3;
  private final RunningJar jar;
  private final Target target;

  private Besieged(
      Path directory, Setting setting, @Nullable S3Server s3, RunningJar jar, Target target) {
    this.directory = directory;
    this.setting = setting;
    this.s3 = s3;
    this.jar = jar;
    this.target = target;
  }

  /** Returns when it samples. */
  static Besieged start(Path directory, Setting setting) throws IOException {
    S3Server s3 = setting == Setting.SLOW ? new S3Server("bucket") : null;
    Map<String, String> environment = new HashMap<>();
    environment.put("FLEETDASH_PEERS_ALLOW", "127.0.0.0/8");
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    // As the unit has it.
    environment.put("MALLOC_ARENA_MAX", "1");
    if (NAMESPACE) {
      environment.put("FLEETDASH_BIND", "0.0.0.0");
      environment.put("FLEETDASH_ADVERTISE", "10.79.0.1");
    }
    if (s3 != null) {
      environment.putAll(s3.environment("s3://bucket"));
    }
    Optional.ofNullable(System.getProperty("fleetdash.aot"))
        .ifPresent(cache -> environment.put("JDK_JAVA_OPTIONS", "-XX:AOTCache=" + cache));
    List<String> through =
        setting == Setting.POOR
            ? List.of("bash", "-c", "ulimit -n 256 && exec \"$@\"", "-")
            : List.of();
    if (setting == Setting.CROWDED) {
      Crowd.fill(directory.resolve("archive"), 3_000, 20);
    }
    RunningJar jar = RunningJar.start(directory, environment, through, "127.0.0.1");
    Besieged besieged = new Besieged(directory, setting, s3, jar, target(jar.port()));
    try {
      jar.sampling();
      try (Archive archive = besieged.archive()) {
        new Neighbours(archive).moveIn();
      }
      besieged.begin();
    } catch (IOException | RuntimeException e) {
      besieged.close();
      throw new IOException("the node is not up; it said: " + jar.output(), e);
    }
    return besieged;
  }

  private static Target target(int port) {
    String node = NAMESPACE ? "10.79.0.1" : "127.0.0.1";
    List<InetAddress> sources =
        IntStream.rangeClosed(1, SOURCES)
            .mapToObj(n -> InetAddress.ofLiteral(STRANGERS + n))
            .toList();
    return new Target(new InetSocketAddress(InetAddress.ofLiteral(node), port), sources);
  }

  /** The address of somebody who does not attack. */
  static InetAddress visitor() {
    return InetAddress.ofLiteral(STRANGERS + (SOURCES + 1));
  }

  private void begin() throws IOException {
    if (s3 != null) {
      s3.faults().always(new FaultProxy.Fault.Delay(LATE));
    }
    if (setting == Setting.AWAY) {
      Files.move(root(), directory.resolve("away"));
      Files.createFile(root());
    }
  }

  /** The archive is there again. */
  void relieve() throws IOException {
    if (s3 != null) {
      s3.faults().heal();
    }
    if (setting == Setting.AWAY && Files.isRegularFile(root())) {
      Files.delete(root());
      Files.move(directory.resolve("away"), root());
    }
  }

  /** Where a directory archive is. */
  Path root() {
    return directory.resolve("archive");
  }

  /** The archive as others reach it; the caller closes it. */
  Archive archive() throws IOException {
    Telemetry telemetry = new Telemetry(InstantSource.system());
    return s3 == null
        ? ArchiveLocation.parse("file:" + root()).open(telemetry)
        : s3.archive("s3://bucket", telemetry);
  }

  /** Something for this siege alone, such as stubs; whoever makes files there takes them away. */
  Path directory() {
    return directory;
  }

  Setting setting() {
    return setting;
  }

  Target target() {
    return target;
  }

  int port() {
    return target.node().getPort();
  }

  boolean running() {
    return jar.running();
  }

  Vitals vitals() {
    return new Vitals(jar.pid());
  }

  /** What it printed so far. */
  List<String> log() throws IOException {
    return jar.output().lines().toList();
  }

  /** A question of its own side, from the loopback. */
  Optional<Answer> ask(String path) throws IOException {
    try (Socket socket = open(path, "Connection: close")) {
      return Answer.read(new BufferedInputStream(socket.getInputStream()), false);
    }
  }

  /** All of an answer to such a question. */
  byte[] get(String path) throws IOException {
    try (Socket socket = open(path, "Connection: close")) {
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  private Socket open(String path, String field) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(Patience.MILLIS);
    socket.connect(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port()), Patience.MILLIS);
    socket
        .getOutputStream()
        .write(
            "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n"
                .formatted(path, field)
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** A counter of its exposition, such as {@code ticks_missed}. */
  long counter(String name) throws IOException {
    try (Socket socket = open("/metrics", "Connection: close")) {
      Matcher matcher =
          Pattern.compile("(?m)^fleetdash_" + name + "_total ([0-9.E]+)$")
              .matcher(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
      if (!matcher.find()) {
        throw new IOException("there is no counter " + name);
      }
      return (long) Double.parseDouble(matcher.group(1));
    }
  }

  /** The seconds of its rows after that one, as its stream shows them, until now. */
  List<Long> rowsAfter(long ts) {
    // Where requests of the attack still wait, it says busy: then it is asked again, as it says.
    return Patience.await().until(() -> streamed(ts), Optional::isPresent).orElseThrow();
  }

  /** Empty where it is busy. */
  private Optional<List<Long>> streamed(long ts) throws IOException {
    long now = InstantSource.system().instant().getEpochSecond();
    List<Long> seen = new ArrayList<>();
    String last = "";
    try (Socket socket = open("/api/stream", "Last-Event-ID: " + ts);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        last = line;
        if (line.startsWith("HTTP/1.1 503 ")) {
          return Optional.empty();
        }
        if (line.startsWith("id: ")) {
          seen.add(Long.parseLong(line.substring(4)));
          if (seen.getLast() >= now) {
            return Optional.of(seen);
          }
        }
      }
    }
    throw new IOException("the stream ended after %s with %s".formatted(seen, last));
  }

  /** Ends it as systemd does, with its archive there again; answers the seconds of all its rows. */
  List<Long> finish() throws IOException, InterruptedException {
    relieve();
    Patience.await()
        .until(() ->
            ask("/health/details")
                .filter(details -> details.text().contains("\"segments\":0,"))
                .isPresent());
    jar.terminate();
    try (Archive archive = archive()) {
      return ArchivedRows.seconds(archive, new HostName(RunningJar.HOST));
    }
  }

  /** Deletes a tree that an attack made. */
  static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    jar.close();
    if (s3 != null) {
      s3.close();
    }
  }
}
