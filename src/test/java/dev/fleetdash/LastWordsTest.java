package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Shaded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Each in a process of its own, which is ended. */
class LastWordsTest {
  /** What is done in the other process. */
  enum Case {
    /** The sampler stands still, and whoever logs waits for whoever hangs while it logs. */
    STANDS_STILL {
      @Override
      void run() {
        AtomicLong nanos = new AtomicLong();
        LastWords words = new LastWords("nothing was sampled");
        Watchdog watchdog =
            new Watchdog(Duration.ofSeconds(1), () -> 7, nanos::get, nanos::addAndGet, words::end);
        synchronized (System.err) {
          watchdog.start();
          forEver();
        }
      }
    },
    A_THREAD_DIES {
      @Override
      void run() {
        LastWords.ofDyingThreads();
        Thread.ofPlatform()
            .name("victim")
            .daemon()
            .start(() -> {
              throw new StackOverflowError("for the test");
            });
        forEver();
      }
    };

    abstract void run();
  }

  /** The other process. */
  public static void main(String[] args) {
    Case.valueOf(args[0]).run();
  }

  private static void forEver() {
    CountDownLatch never = new CountDownLatch(1);
    while (true) {
      try {
        never.await();
      } catch (InterruptedException _) {
        // The test's way of not ending by itself.
      }
    }
  }

  @Test
  void aSamplerThatStandsStillEndsTheProcessThoughItsLogHangs() throws Exception {
    assertThat(endOf(Case.STANDS_STILL)).isEqualTo("[ERROR] ending: nothing was sampled");
  }

  @Test
  void aThreadThatDiesTakesTheProcessWithItAndSaysWhy() throws Exception {
    assertThat(endOf(Case.A_THREAD_DIES))
        .contains("at dev.fleetdash.LastWordsTest")
        .endsWith(
            "[ERROR] ending: the thread victim died of java.lang.StackOverflowError: for the test");
  }

  private static String endOf(Case what) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Shaded.java().toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LastWordsTest.class.getName(),
                what.name())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(Patience.exitCode(process)).isEqualTo(1);
    return said.strip();
  }
}
