/**
 * The whole fleet, as any one node sees it: who there is, live from its peers or last heard of in
 * the archive, and what became of those that are gone.
 */
@NullMarked
package dev.fleetdash.fleet;

import org.jspecify.annotations.NullMarked;
