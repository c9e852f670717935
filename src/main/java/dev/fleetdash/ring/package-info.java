/** The recent past in memory: one writer, any number of readers, bounded in bytes. */
@NullMarked
package dev.fleetdash.ring;

import org.jspecify.annotations.NullMarked;
