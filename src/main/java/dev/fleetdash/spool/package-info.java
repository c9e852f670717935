/** Rows safe on disk until the archive has them. */
@NullMarked
package dev.fleetdash.spool;

import org.jspecify.annotations.NullMarked;
