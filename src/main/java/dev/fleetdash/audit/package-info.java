/**
 * Checks what an archive holds against itself: that everything can be read, that each second is
 * there once and in order, that each tier says what the next finer one does, and how complete the
 * hours of each host are. It only reads.
 */
@NullMarked
package dev.fleetdash.audit;

import org.jspecify.annotations.NullMarked;
