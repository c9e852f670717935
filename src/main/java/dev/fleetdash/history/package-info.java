/**
 * The range query: one question about hosts, metrics and a time, answered from the ring, the spool
 * and the archive as one.
 */
@NullMarked
package dev.fleetdash.history;

import org.jspecify.annotations.NullMarked;
