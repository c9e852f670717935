/**
 * Reads the host: one collector per subject, and the sampler that asks them once a tick and makes a
 * row of what they know.
 */
@NullMarked
package dev.fleetdash.collect;

import org.jspecify.annotations.NullMarked;
