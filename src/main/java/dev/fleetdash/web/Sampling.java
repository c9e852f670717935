package dev.fleetdash.web;

import dev.fleetdash.ring.Ring;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * What the server needs of the side that samples.
 *
 * @param sinceLastTick on the monotonic clock; before the first tick, since the start
 * @param watched told of every row that somebody is looking at; called by a thread of the server's, and may not block
 */
public record Sampling(Ring ring, Supplier<Duration> sinceLastTick, Runnable watched) {}
