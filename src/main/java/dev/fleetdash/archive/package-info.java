/**
 * Objects under keys, in a bucket or in a directory: what is put there, under which keys, and how
 * it is read back.
 *
 * <p>Rows as they were flushed lie under {@link dev.fleetdash.archive.RawKey}s, one object a flush.
 * What is derived from them lies under {@link dev.fleetdash.archive.TierKey}s:
 *
 * <ul>
 *   <li>{@code 1s}, an hour: the same rows, each second once and in order ({@link
 *       dev.fleetdash.archive.RowUnion}), read as raw is, by {@link
 *       dev.fleetdash.archive.RowReader};
 *   <li>{@code 1m}, a day, {@code 1h}, a month, and {@code 1d}, a year: rollups, one line a bucket
 *       that has rows, in order, in the form that {@link dev.fleetdash.archive.RollupRow} shows,
 *       read by {@link dev.fleetdash.archive.RollupReader}.
 * </ul>
 */
@NullMarked
package dev.fleetdash.archive;

import org.jspecify.annotations.NullMarked;
