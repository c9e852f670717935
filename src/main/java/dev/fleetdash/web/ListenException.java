package dev.fleetdash.web;

import java.io.IOException;

/** The address cannot be listened on. The message says which, and why. */
public final class ListenException extends IOException {
  private static final long serialVersionUID = 1L;

  ListenException(String message, Throwable cause) {
    super(message, cause);
  }
}
