package dev.fleetdash.telemetry;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Counts what S3 bills: every request that was sent, retries and refused ones included, and the
 * bytes of the bodies. Safe for use by several threads; all of one {@link Telemetry} count
 * together.
 */
public final class Requests {
  /** What has a price of its own. */
  public enum Kind {
    PUT,
    /** Also HEAD. */
    GET,
    LIST;

    /** As in labels and keys. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Kind, Counter> sent = new EnumMap<>(Kind.class);
  private final Counter sentBytes;
  private final Counter receivedBytes;

  private final ClockCheck clocks;

  public Requests(Telemetry telemetry) {
    clocks = telemetry.clocks();
    for (Kind kind : Kind.values()) {
      sent.put(
          kind,
          telemetry.counter(
              "archive_requests",
              "Requests sent to S3, retries included",
              Map.of("operation", kind.text())));
    }
    sentBytes = telemetry.counter("archive_sent_bytes", "Bytes sent to S3, without headers");
    receivedBytes =
        telemetry.counter("archive_received_bytes", "Bytes received from S3, without headers");
  }

  /** Counts one request. */
  public void sent(Kind kind) {
    counter(kind).increment();
  }

  public void sentBytes(long bytes) {
    sentBytes.add(bytes);
  }

  public void receivedBytes(long bytes) {
    receivedBytes.add(bytes);
  }

  /**
   * Takes note of the time that an answer says.
   *
   * @param date its {@code Date} header; one that is no date is passed over
   * @param took from the request to the answer
   */
  public void answered(String date, Duration took) {
    try {
      clocks.archiveSaid(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date, Instant::from), took);
    } catch (DateTimeException _) {
      // Whoever answered so is no clock.
    }
  }

  public long count(Kind kind) {
    return counter(kind).count();
  }

  public long sentBytes() {
    return sentBytes.count();
  }

  public long receivedBytes() {
    return receivedBytes.count();
  }

  private Counter counter(Kind kind) {
    Counter counter = sent.get(kind);
    if (counter == null) {
      throw new IllegalStateException("no counter of " + kind);
    }
    return counter;
  }
}
