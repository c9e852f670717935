/**
 * Which hosts there were on a day: where, on which machine, in which runs, and how they ended. One
 * record a host and day, {@code v1/hosts/dt=2026-11-23/i-0abc.json}.
 */
@NullMarked
package dev.fleetdash.hosts;

import org.jspecify.annotations.NullMarked;
