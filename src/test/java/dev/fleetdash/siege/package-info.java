/**
 * Attacks on the jar that is shipped: what strangers, bad peers, foreign objects and an archive
 * that is away or slow can do to a node, and what is measured of it meanwhile.
 */
@NullMarked
package dev.fleetdash.siege;

import org.jspecify.annotations.NullMarked;
