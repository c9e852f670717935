package dev.fleetdash.web;

import dev.fleetdash.ring.Ring;
import dev.fleetdash.spool.Spool;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the server needs of the side that samples.
 *
 * @param spool what waits for the archive
 * @param sinceLastTick on the monotonic clock; before the first tick, since the start
 * @param stalled whether a tick was due so long ago that the process no longer does its work
 * @param watched told of every row that somebody is looking at; called by a thread of the server's,
 *     and may not block
 */
public record Sampling(
    Ring ring,
    Spool spool,
    Supplier<Duration> sinceLastTick,
    BooleanSupplier stalled,
    Runnable watched) {}
