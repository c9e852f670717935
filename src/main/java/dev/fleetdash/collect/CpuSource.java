package dev.fleetdash.collect;

import java.io.IOException;

/** Where CPU time is read from. */
@FunctionalInterface
interface CpuSource {
  CpuTicks read() throws IOException;
}
