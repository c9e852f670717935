package dev.fleetdash;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether somebody looks at what is said to err. */
final class Terminal {
  private static final Path ERR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  /** Java only tells of stdin and stdout together; Linux of each. */
  static boolean isError() {
    try {
      String device = Files.readSymbolicLink(ERR).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException _) {
      return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
  }
}
