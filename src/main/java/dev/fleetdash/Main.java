package dev.fleetdash;

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
    CommandLine commandLine = new CommandLine(System.getenv(), System.out, System.err);
    System.exit(commandLine.run(List.of(args), Main::serve));
  }

  /**
   * SIGTERM closes what was started, also when it comes while that still starts, and the JVM then
   * ends with 143.
   */
  private static void serve(Config config) throws IOException, InterruptedException {
    CompletableFuture<App> app = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> app.thenAccept(App::close).handle((_, _) -> true).join()));
    try {
      app.complete(App.start(config, System.getenv(), InstantSource.system()));
    } finally {
      app.cancel(false);
    }
    new CountDownLatch(1).await();
  }
}
