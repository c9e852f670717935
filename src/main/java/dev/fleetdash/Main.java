package dev.fleetdash;

import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.Retention;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.web.Listen;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Starts the program. */
public final class Main {
  private Main() {}

  /** Runs until it is stopped. */
  public static void main(String[] args) throws Exception {
    Map<String, String> env = System.getenv();
    Settings s =
        new Settings(
            ArchiveLocation.parse(env.getOrDefault("FLEETDASH_ARCHIVE", "file:data/archive")),
            Path.of(env.getOrDefault("FLEETDASH_SPOOL", "data/spool")),
            new Spool.Settings(Integer.parseInt(env.getOrDefault("FLEETDASH_FLUSH", "60s").replace("s", "")), 512 << 20),
            Optional.empty(),
            new Listen("127.0.0.1", Integer.parseInt(env.getOrDefault("FLEETDASH_PORT", "8080")), Set.of("localhost", "127.0.0.1", "::1")),
            Duration.ZERO,
            Duration.ofSeconds(1),
            8 << 20,
            new Retention.Ages(Duration.ofDays(40), Duration.ofDays(400), Duration.ofDays(730), Duration.ofDays(3650), Duration.ofDays(3650)),
            Map.of());
    App app = App.start(s, env, InstantSource.system());
    Runtime.getRuntime().addShutdownHook(new Thread(app::close));
    Thread.currentThread().join();
  }
}
