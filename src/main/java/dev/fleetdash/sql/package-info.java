/**
 * The archive for SQL engines: tables over its keys, made from the metric catalogue, and the query
 * behind a chart.
 */
@NullMarked
package dev.fleetdash.sql;

import org.jspecify.annotations.NullMarked;
