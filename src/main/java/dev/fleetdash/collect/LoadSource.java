package dev.fleetdash.collect;

import java.io.IOException;

/** Where load averages are read from. */
@FunctionalInterface
interface LoadSource {
  Load read() throws IOException;

  /** Averages over 1, 5 and 15 minutes; NaN where the system keeps none. */
  record Load(double one, double five, double fifteen) {
    /** Parses the text of /proc/loadavg. */
    static Load parse(Cursor text) {
      return new Load(text.decimal(), text.decimal(), text.decimal());
    }
  }
}
