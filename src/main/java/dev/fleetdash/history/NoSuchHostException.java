package dev.fleetdash.history;

import dev.fleetdash.sample.HostName;

/** A host was asked for of which nothing is known. */
public final class NoSuchHostException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String host;

  NoSuchHostException(HostName host, String message) {
    super(message);
    this.host = host.value();
  }

  public String host() {
    return host;
  }
}
