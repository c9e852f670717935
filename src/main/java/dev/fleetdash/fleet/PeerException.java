package dev.fleetdash.fleet;

/** A peer that was not reached, or not believed; the message is the reason, for people. */
public final class PeerException extends Exception {
  private static final long serialVersionUID = 1L;

  PeerException(String reason) {
    super(reason, null, false, false);
  }

  /** The reason. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
