package dev.fleetdash.hosts;

/**
 * Which process writes under a name. Two of them on one machine, or on machines that were copied
 * from one image, differ at least in this.
 *
 * @param spool random, as old as the spool; a restart has the same
 * @param run this process start
 * @param flushSeconds between its puts
 */
public record Writer(String spool, long run, int flushSeconds) {}
