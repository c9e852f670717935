package dev.fleetdash.collect;

import java.io.IOException;
import java.util.List;

/**
 * Where the counters of disks are read from: of the disks that are devices of their own. Partitions, loop
 * and memory devices are not, nor are volumes made of other disks (device mapper, RAID): their bytes
 * arrive at the disks below and would be counted twice.
 */
@FunctionalInterface
interface DiskSource {
  List<DiskCounters> read() throws IOException;

  /** One disk at one moment. */
  record DiskCounters(
      String name, long readBytes, long writtenBytes, long reads, long writes, long busyMillis) {
    static final int READ_BYTES = 0;
    static final int WRITTEN_BYTES = 1;
    static final int READS = 2;
    static final int WRITES = 3;
    static final int BUSY_MILLIS = 4;
    static final int COUNTERS = 5;

    /** The counters in the order of the constants. */
    long[] values() {
      return new long[] {readBytes, writtenBytes, reads, writes, busyMillis};
    }
  }
}
