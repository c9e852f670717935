package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** There are no credentials; the message says of whom, why, and what mends it. */
final class CredentialsFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  private CredentialsFault(Kind kind, String why, @Nullable Throwable cause) {
    super(why, cause);
    this.kind = kind;
  }

  /** What does not pass by itself. */
  static CredentialsFault refused(String why, @Nullable Throwable cause) {
    return new CredentialsFault(Kind.REFUSED, why, cause);
  }

  static CredentialsFault refused(String why) {
    return refused(why, null);
  }

  /** What may pass by itself. */
  static CredentialsFault unreachable(String why, @Nullable Throwable cause) {
    return new CredentialsFault(Kind.UNREACHABLE, why, cause);
  }

  /** The one that a failure of a client comes from. */
  static Optional<CredentialsFault> in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CredentialsFault fault) {
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }

  Kind kind() {
    return kind;
  }

  String why() {
    return String.valueOf(getMessage());
  }
}
