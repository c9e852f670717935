package dev.fleetdash;

import dev.fleetdash.archive.ProxyLogin;
import dev.fleetdash.telemetry.BoundedLog;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Starts the program and ends it with its exit code. Nothing else does. */
public final class Main {
  private Main() {}

  /** Runs until it is stopped. */
  public static void main(String[] args) {
    BoundedLog.install();
    ProxyLogin.prepare(System.getenv());
    CommandLine commandLine = new CommandLine(System.getenv(), System.out, System.err);
    System.exit(commandLine.run(List.of(args), Main::serve, Main::view));
  }

  private static void serve(Config config) throws IOException, InterruptedException {
    run(() -> App.start(config, System.getenv(), InstantSource.system()));
  }

  private static void view(Config config) throws IOException, InterruptedException {
    run(() -> Viewer.start(config, InstantSource.system()));
  }

  /** What is started. */
  private interface Start<T> {
    T start() throws IOException, InterruptedException;
  }

  /**
   * SIGTERM closes what was started, also when it comes while that still starts, and the JVM then
   * ends with 143.
   */
  private static <T extends AutoCloseable> void run(Start<T> start)
      throws IOException, InterruptedException {
    LastWords.ofDyingThreads();
    CompletableFuture<T> app = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> app.thenAccept(Main::close).handle((_, _) -> true).join()));
    try {
      app.complete(start.start());
    } finally {
      app.cancel(false);
    }
    new CountDownLatch(1).await();
  }

  private static void close(AutoCloseable app) {
    try {
      app.close();
    } catch (Exception e) {
      throw new IllegalStateException("close", e);
    }
  }
}
