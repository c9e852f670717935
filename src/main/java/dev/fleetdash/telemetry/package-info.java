/** What the process knows of itself: the health of its parts, and counts of what they did. */
@NullMarked
package dev.fleetdash.telemetry;

import org.jspecify.annotations.NullMarked;
