package dev.fleetdash.collect;

import java.io.IOException;
import java.util.List;

/** Where the counters of network interfaces are read from. */
@FunctionalInterface
interface InterfaceSource {
  List<InterfaceCounters> read() throws IOException;
}
