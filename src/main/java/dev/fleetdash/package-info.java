/** The process: its arguments and exit codes, its configuration, and the wiring of its parts. */
@NullMarked
package dev.fleetdash;

import org.jspecify.annotations.NullMarked;
