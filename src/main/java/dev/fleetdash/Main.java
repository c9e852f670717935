package dev.fleetdash;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Starts the program and ends it with its exit code. Nothing else does. */
public final class Main {
  private Main() {}

  /** Runs until it is stopped. */
  public static void main(String[] args) {
    CommandLine commandLine = new CommandLine(System.getenv(), System.out, System.err);
    System.exit(commandLine.run(List.of(args), Main::serve));
  }

  /** SIGTERM closes what was started, in order, and then ends the JVM with 143. */
  private static void serve(Config config) throws IOException, InterruptedException {
    App app = App.start(config, System.getenv(), InstantSource.system());
    try {
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(app::close));
    } catch (IllegalStateException _) {
      // SIGTERM came while it was starting.
      app.close();
    }
    new CountDownLatch(1).await();
  }
}
