package dev.fleetdash.archive;

import java.io.IOException;

/**
 * An operation on the archive that failed. The message says what was being done, why it failed and,
 * where known, what mends it.
 */
public final class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What kind of failure, for those who decide whether it can pass by itself. */
  public enum Kind {
    /** No answer, or one that says to come back: the network, a time-out, throttling, 5xx. */
    UNREACHABLE,
    /** Credentials missing, wrong, expired, or without the permission. */
    REFUSED,
    /** The bucket or directory is not there. */
    MISSING,
    /** One object is not what it should be: too large. */
    BAD_OBJECT
  }

  private final Kind kind;

  public ArchiveException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public ArchiveException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
