package dev.fleetdash.place;

import dev.fleetdash.place.Departure.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why systemd stops the process, as its unit notes it in the runtime directory before the signal:
 * {@code shutdown} or {@code reboot} when the whole machine stops, otherwise nothing.
 */
final class StopReason {
  private static final Logger log = LoggerFactory.getLogger(StopReason.class);

  private static final String FILE = "going-away";
  private static final int LONGEST_WORD = 64;

  private final Optional<Path> file;

  StopReason(Optional<Path> file) {
    this.file = file;
  }

  static StopReason of(Map<String, String> environment) {
    // Where a unit has several, systemd names them all, with colons between; ours has one.
    return new StopReason(
        Optional.ofNullable(environment.get("RUNTIME_DIRECTORY"))
            .filter(directory -> !directory.isBlank())
            .map(directory -> Path.of(directory).resolve(FILE)));
  }

  /** Empty when only the process is stopped. */
  Optional<Reason> read() {
    return file.flatMap(StopReason::read);
  }

  private static Optional<Reason> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      String word = new String(in.readNBytes(LONGEST_WORD), StandardCharsets.UTF_8).strip();
      return switch (word) {
        case "shutdown" -> Optional.of(Reason.SHUTDOWN);
        case "reboot" -> Optional.of(Reason.REBOOT);
        default -> {
          log.warn("stop reason not understood file={} word=\"{}\"", file, word);
          yield Optional.empty();
        }
      };
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      log.warn("stop reason cannot be read file={} error=\"{}\"", file, e.toString());
      return Optional.empty();
    }
  }
}
