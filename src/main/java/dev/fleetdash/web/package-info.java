/**
 * What browsers, peers and Prometheus are answered: pages, live streams, the API and the
 * exposition.
 */
@NullMarked
package dev.fleetdash.web;

import org.jspecify.annotations.NullMarked;
