package dev.fleetdash.history;

/** There is no room for a question now. The message is for people. */
public final class BusyException extends Exception {
  private static final long serialVersionUID = 1L;

  public BusyException(String message) {
    super(message);
  }
}
