package dev.fleetdash.collect;

/**
 * What one process used.
 *
 * @param started tells it from an earlier process of the same id
 * @param cpuSeconds CPU time since it started
 */
record ProcessUse(int pid, String name, long started, double cpuSeconds, long residentBytes) {}
