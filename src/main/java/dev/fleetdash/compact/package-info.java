/**
 * Makes the derived tiers from raw, and finishes what hosts that vanished left open. Every step may
 * be done again at any time, by several hosts at once: objects are read before their sources,
 * written only if they have not changed meanwhile, and never lose a row.
 */
@NullMarked
package dev.fleetdash.compact;

import org.jspecify.annotations.NullMarked;
