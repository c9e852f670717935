package dev.fleetdash;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process at once, with exit code 1 and the reason as its last line, so that whoever
 * started it starts it again. What is on disk is kept; nothing is closed, because what hangs may be
 * what would have to be waited for.
 */
final class LastWords {
  private static final Logger log = LoggerFactory.getLogger(LastWords.class);

  /** Standard error may be what hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final byte[] line;

  /**
   * @param reason one sentence, made beforehand where there may be no memory for it later
   */
  LastWords(String reason) {
    this.line = ("[ERROR] ending: " + reason + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Does not return. */
  void end() {
    try {
      Thread.ofPlatform().name("last-words").daemon().start(this::say).join(PATIENCE);
    } catch (InterruptedException | RuntimeException | Error _) {
      // No memory for a thread: then on this one.
      say();
    } finally {
      Runtime.getRuntime().halt(1);
    }
  }

  /** Past {@link System#err}, whose lock may be held for good. */
  private void say() {
    try {
      // Not closed: the descriptor is the process' own.
      new FileOutputStream(FileDescriptor.err).write(line);
    } catch (IOException _) {
      // Nobody is left to tell.
    }
  }

  /**
   * From now on no thread dies unnoticed: one that does takes the process with it, which would be
   * deaf to something without it. A virtual one ends with the request that it was made for.
   */
  static void ofDyingThreads() {
    Thread.setDefaultUncaughtExceptionHandler((thread, cause) -> {
      log.error("a thread died thread={}", thread.getName(), cause);
      if (!thread.isVirtual()) {
        new LastWords("the thread " + thread.getName() + " died of " + cause).end();
      }
    });
  }
}
