/** Real parts and small fakes that the tests share. */
@NullMarked
package dev.fleetdash.testing;

import org.jspecify.annotations.NullMarked;
