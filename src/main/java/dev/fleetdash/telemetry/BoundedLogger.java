package dev.fleetdash.telemetry;

import dev.fleetdash.sample.Printable;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * Of each level writes some lines at once, then one a minute, and says how many it left out. A
 * stack trace is as long as a hundred lines, so there are fewer. A line is one line, of bounded
 * length. Who asks for debugging gets all. Safe for use by several threads.
 */
final class BoundedLogger extends LegacyAbstractLogger {
  static final int LINES = 20;
  static final Duration LINE_EACH = Duration.ofMinutes(1);
  static final int TRACES = 2;
  static final Duration TRACE_EACH = Duration.ofMinutes(30);
  private static final long serialVersionUID = 1;

  private final transient Logger plain;
  private final transient LongSupplier nanoTime;
  private final transient Map<Level, Bound> bounds = new EnumMap<>(Level.class);

  /**
   * @param plain where it writes
   * @param nanoTime as {@link System#nanoTime}
   */
  BoundedLogger(Logger plain, LongSupplier nanoTime) {
    this.plain = plain;
    this.nanoTime = nanoTime;
    this.name = plain.getName();
  }

  /** What may still be written of a level. */
  private static final class Bound {
    private final Allowance lines;
    private final Allowance traces;
    private long leftOut;

    Bound(long nowNanos) {
      this.lines = new Allowance(LINES, LINE_EACH, nowNanos);
      this.traces = new Allowance(TRACES, TRACE_EACH, nowNanos);
    }
  }

  /** So many at once, and one more after each interval. */
  private static final class Allowance {
    private final int most;
    private final long interval;
    private long left;
    private long sinceNanos;

    Allowance(int most, Duration interval, long nowNanos) {
      this.most = most;
      this.interval = interval.toNanos();
      this.left = most;
      this.sinceNanos = nowNanos;
    }

    boolean take(long nowNanos) {
      long gained = (nowNanos - sinceNanos) / interval;
      left = Math.min(most, left + gained);
      sinceNanos = left == most ? nowNanos : sinceNanos + gained * interval;
      if (left == 0) {
        return false;
      }
      left--;
      return true;
    }
  }

  @Override
  protected synchronized void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      @Nullable String message,
      Object @Nullable [] arguments,
      @Nullable Throwable cause) {
    StringBuilder line =
        new StringBuilder(
            Printable.text(String.valueOf(MessageFormatter.basicArrayFormat(message, arguments))));
    if (level.toInt() < Level.INFO.toInt()) {
      write(level, line, cause);
      return;
    }
    long now = nanoTime.getAsLong();
    Bound bound = bounds.computeIfAbsent(level, _ -> new Bound(now));
    if (!bound.lines.take(now)) {
      bound.leftOut++;
      return;
    }
    boolean traced = cause != null && bound.traces.take(now);
    if (cause != null && !traced) {
      line.append(" cause=\"").append(Printable.text(cause.toString())).append('"');
    }
    if (bound.leftOut > 0) {
      line.append(" (").append(bound.leftOut).append(" like it were left out)");
      bound.leftOut = 0;
    } else if (bound.lines.left == 0) {
      line.append(" (from now on one a minute)");
    }
    write(level, line, traced ? cause : null);
  }

  private void write(Level level, CharSequence text, @Nullable Throwable cause) {
    String line = text.toString();
    switch (level) {
      case TRACE -> plain.trace(line, cause);
      case DEBUG -> plain.debug(line, cause);
      case INFO -> plain.info(line, cause);
      case WARN -> plain.warn(line, cause);
      case ERROR -> plain.error(line, cause);
    }
  }

  @Override
  public boolean isTraceEnabled() {
    return plain.isTraceEnabled();
  }

  @Override
  public boolean isDebugEnabled() {
    return plain.isDebugEnabled();
  }

  @Override
  public boolean isInfoEnabled() {
    return plain.isInfoEnabled();
  }

  @Override
  public boolean isWarnEnabled() {
    return plain.isWarnEnabled();
  }

  @Override
  public boolean isErrorEnabled() {
    return plain.isErrorEnabled();
  }

  /** Only for loggers that know where they were called. */
  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }
}
