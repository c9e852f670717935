package dev.fleetdash.collect;

import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two times that sampling needs.
 *
 * @param wall labels rows
 * @param nanos monotonic, as {@link System#nanoTime}: rules the schedule and divides the rates
 */
public record SampleClock(InstantSource wall, LongSupplier nanos) {
  /** The clocks of this machine. */
  public static SampleClock system() {
    return new SampleClock(InstantSource.system(), System::nanoTime);
  }
}
