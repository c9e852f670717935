package dev.fleetdash.telemetry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What this process takes of the host, as the system counts it. Absent where the system does not
 * say.
 */
public final class OwnCost {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private OwnCost() {}

  /** Processor time since the process started. */
  public static Optional<Duration> cpuTime() {
    return ProcessHandle.current().info().totalCpuDuration();
  }

  /** Memory that is not swapped out. */
  public static OptionalLong residentBytes() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(RESIDENT))
          .map(line -> line.substring(RESIDENT.length()).strip().split(" ", 2)[0])
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) * 1024)
          .findFirst();
    } catch (IOException | UncheckedIOException | NumberFormatException _) {
      return OptionalLong.empty();
    }
  }
}
