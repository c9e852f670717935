package dev.fleetdash.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;

class BoundedLoggerTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Written written = new Written();
  private final Logger log = new BoundedLogger(written, nanos::get);

  @Test
  void whatRepeatsIsWrittenSomeTimesThenOnceAMinute() {
    for (int i = 0; i < 1000; i++) {
      log.warn("object is left out key={}", i);
    }

    assertThat(written.lines)
        .hasSize(BoundedLogger.LINES)
        .startsWith("WARN object is left out key=0", "WARN object is left out key=1")
        .endsWith("WARN object is left out key=19 (from now on one a minute)");

    written.lines.clear();
    for (int second = 0; second < 180; second++) {
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      log.warn("object is left out key={}", 1000 + second);
    }

    assertThat(written.lines)
        .containsExactly(
            "WARN object is left out key=1059 (1039 like it were left out)",
            "WARN object is left out key=1119 (59 like it were left out)",
            "WARN object is left out key=1179 (59 like it were left out)");
  }

  @Test
  void whatHappensAgainAfterAQuietHourIsWrittenAsBefore() {
    for (int hour = 0; hour < 3; hour++) {
      for (int i = 0; i < 5; i++) {
        log.info("expired hour={}", hour);
      }
      nanos.addAndGet(Duration.ofHours(1).toNanos());
    }

    assertThat(written.lines).hasSize(15).allMatch(line -> line.matches("INFO expired hour=."));
  }

  @Test
  void fewStackTracesAreWrittenAndOfTheOthersTheReason() {
    for (int i = 0; i < BoundedLogger.TRACES + 1; i++) {
      log.error("a request failed", new IllegalStateException("broken"));
    }

    assertThat(written.lines)
        .containsExactly(
            "ERROR a request failed + IllegalStateException",
            "ERROR a request failed + IllegalStateException",
            "ERROR a request failed cause=\"java.lang.IllegalStateException: broken\"");
  }

  @Test
  void whatFloodsOneLevelHidesNothingOfAnother() {
    for (int i = 0; i < 1000; i++) {
      log.warn("flood");
    }
    log.error("something else");

    assertThat(written.lines).endsWith("ERROR something else");
  }

  @Test
  void aNameWithALineBreakMakesNoSecondLine() {
    log.warn("object is left out key={}", "a\n[ERROR] b");

    assertThat(written.lines).containsExactly("WARN object is left out key=a\ufffd[ERROR] b");
  }

  @Test
  void whoDebugsGetsAll() {
    for (int i = 0; i < 1000; i++) {
      log.debug("step");
    }

    assertThat(written.lines).hasSize(1000);
  }

  /** A logger that keeps what it is told. */
  private static final class Written extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;
    private final transient List<String> lines = new ArrayList<>();

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String message,
        Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      lines.add(
          level + " " + message + (cause == null ? "" : " + " + cause.getClass().getSimpleName()));
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return true;
    }

    @Override
    public boolean isDebugEnabled() {
      return true;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
