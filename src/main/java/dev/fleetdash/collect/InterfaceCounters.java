package dev.fleetdash.collect;

/**
 * One network interface at one moment; what is unknown is {@link CounterDelta#UNKNOWN}.
 *
 * @param counted whether it has a part in the host's totals
 */
record InterfaceCounters(
    String name,
    boolean counted,
    long receivedBytes,
    long sentBytes,
    long receivedPackets,
    long sentPackets,
    long errors,
    long drops) {
  static final int RECEIVED_BYTES = 0;
  static final int SENT_BYTES = 1;
  static final int RECEIVED_PACKETS = 2;
  static final int SENT_PACKETS = 3;
  static final int ERRORS = 4;
  static final int DROPS = 5;
  static final int COUNTERS = 6;

  /** The counters in the order of the constants. */
  long[] values() {
    return new long[] {receivedBytes, sentBytes, receivedPackets, sentPackets, errors, drops};
  }

  /** The same with another part in the totals. */
  InterfaceCounters counted(boolean inTotals) {
    return new InterfaceCounters(
        name, inTotals, receivedBytes, sentBytes, receivedPackets, sentPackets, errors, drops);
  }
}
