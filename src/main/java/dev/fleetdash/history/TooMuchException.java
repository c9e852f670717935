package dev.fleetdash.history;

/** A question that is more than one question may be; the message says what to ask instead. */
public final class TooMuchException extends Exception {
  private static final long serialVersionUID = 1L;

  public TooMuchException(String message) {
    super(message);
  }
}
