package dev.fleetdash.telemetry;

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

  public Requests(Telemetry telemetry) {
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
