package dev.fleetdash.testing;

import static dev.fleetdash.testing.Patience.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The shipped jar as a running process, on a port of its own, with its files below one directory.
 */
public final class RunningJar implements AutoCloseable {
  public static final String HOST = "it-host";

  private final Process process;
  private final ReservedPort reserved;
  private final String address;
  private final int port;
  private final Path log;
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Long> seen = new CopyOnWriteArrayList<>();

  private RunningJar(Process process, ReservedPort reserved, String address, int port, Path log) {
    this.process = process;
    this.reserved = reserved;
    this.address = address;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts it; returns at once. What {@code environment} says goes before the defaults for tests.
   */
  public static RunningJar start(
      Path directory, Map<String, String> environment, String... arguments) throws IOException {
    return start(directory, environment, List.of(), "127.0.0.1", arguments);
  }

  /**
   * Starts it somewhere else.
   *
   * @param through the command that runs it there; it has to become it
   * @param address where it answers, as seen from here
   */
  public static RunningJar start(
      Path directory,
      Map<String, String> environment,
      List<String> through,
      String address,
      String... arguments)
      throws IOException {
    ReservedPort reserved = ReservedPort.take();
    Path log = Files.createTempFile(directory, "output", ".log");
    ProcessBuilder builder = Shaded.command(arguments);
    builder.command().addAll(0, through);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(AWS|FLEETDASH)_.*|(?i:(https?|no|all)_proxy)"));
    builder
        .environment()
        .putAll(
            Map.of(
                "FLEETDASH_HOST",
                HOST,
                "FLEETDASH_PORT",
                Integer.toString(reserved.number()),
                "FLEETDASH_SPOOL",
                directory.resolve("spool").toString(),
                "FLEETDASH_ARCHIVE",
                "file:" + directory.resolve("archive"),
                "FLEETDASH_FLUSH",
                "10s"));
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new RunningJar(
        process,
        reserved,
        address,
        Integer.parseInt(builder.environment().getOrDefault("FLEETDASH_PORT", "0")),
        log);
  }

  public int port() {
    return port;
  }

  public URI uri(String path) {
    return URI.create("http://" + address + ":" + port + path);
  }

  /** Returns when it answers. */
  public RunningJar healthy() {
    await().until(() -> process.isAlive() && status("/health") == 200);
    return this;
  }

  /** Returns when it has sampled a row. */
  public RunningJar sampling() {
    await().until(() -> process.isAlive() && status("/api/live") == 200);
    return this;
  }

  private int status(String path) throws InterruptedException {
    try {
      return get(path).statusCode();
    } catch (IOException _) {
      return 0;
    }
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(Patience.request(uri(path)).build(), BodyHandlers.ofString());
  }

  /**
   * Begins to note the second of each row that the stream shows, from the first one it still has.
   */
  public RunningJar watched() {
    HttpRequest request =
        HttpRequest.newBuilder(uri("/api/stream"))
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", "1")
            .build();
    var _ =
        client
            .sendAsync(request, BodyHandlers.ofLines())
            .thenAccept(answer ->
                answer
                    .body()
                    .filter(line -> line.startsWith("id:"))
                    .forEach(line -> seen.add(Long.parseLong(line.substring(3).strip()))));
    return this;
  }

  /** The seconds noted so far. */
  public List<Long> seen() {
    return List.copyOf(seen);
  }

  /** As {@code kill -9}. */
  public void kill() throws InterruptedException {
    Patience.exitCode(process.destroyForcibly());
  }

  /** As SIGSTOP: it stays, and does nothing. */
  public void suspend() throws IOException, InterruptedException {
    signal("STOP");
  }

  /** As SIGCONT. */
  public void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    if (Patience.exitCode(kill) != 0) {
      throw new IllegalStateException("cannot send SIG" + name + " to " + process.pid());
    }
  }

  /** As SIGTERM; answers the exit code. */
  public int terminate() throws InterruptedException {
    beginToTerminate();
    return exitCode();
  }

  /** As SIGTERM; returns at once. */
  public void beginToTerminate() {
    process.destroy();
  }

  /** Waits for the end. */
  public int exitCode() throws InterruptedException {
    return Patience.exitCode(process);
  }

  public long pid() {
    return process.pid();
  }

  public boolean running() {
    return process.isAlive();
  }

  /** What it printed so far. */
  public String output() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    client.shutdownNow();
    reserved.close();
  }
}
