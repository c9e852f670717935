/**
 * Objects under keys, in a bucket or in a directory: what is put there, under which keys, and how
 * it is read back.
 */
@NullMarked
package dev.fleetdash.archive;

import org.jspecify.annotations.NullMarked;
