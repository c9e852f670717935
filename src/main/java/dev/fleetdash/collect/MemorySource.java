package dev.fleetdash.collect;

import java.io.IOException;

/** Where memory is read from. */
@FunctionalInterface
interface MemorySource {
  Memory read() throws IOException;
}
