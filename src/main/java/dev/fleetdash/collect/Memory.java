package dev.fleetdash.collect;

/** Memory and swap at one moment, in bytes; {@link CounterDelta#UNKNOWN} where unknown. */
record Memory(long total, long available, long cached, long swapTotal, long swapFree) {}
