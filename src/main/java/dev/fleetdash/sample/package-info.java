/**
 * The vocabulary: the catalogue of metrics, the row that carries them, and the name of a host.
 *
 * <p>Every other package speaks in these words. Nothing here reads a clock, a file or a socket.
 */
@NullMarked
package dev.fleetdash.sample;

import org.jspecify.annotations.NullMarked;
