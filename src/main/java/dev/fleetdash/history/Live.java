package dev.fleetdash.history;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;

/**
 * This host's own rows that need no archive.
 *
 * @param sampleSeconds the sampling interval
 * @param ring the newest rows, all of the spool's run
 * @param spool what waits for the archive
 */
public record Live(HostName host, int sampleSeconds, Ring ring, Spool spool) {}
