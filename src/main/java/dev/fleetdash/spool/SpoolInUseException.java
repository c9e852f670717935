package dev.fleetdash.spool;

import java.io.IOException;
import java.nio.file.Path;

/** Another process holds the spool. Two of them would take each other's segments away. */
public final class SpoolInUseException extends IOException {
  private static final long serialVersionUID = 1L;

  SpoolInUseException(Path directory) {
    super(
        "the spool "
            + directory
            + " is in use by another fleetdash process: stop that one, or give this one a directory of its own in FLEETDASH_SPOOL");
  }
}
