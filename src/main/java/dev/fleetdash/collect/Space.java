package dev.fleetdash.collect;

import java.io.File;

/**
 * Space of a file system in bytes, as df counts it.
 *
 * @param available what an ordinary user can write; less than what is free where some is reserved
 */
record Space(long total, long free, long available) {
  /** Asks the kernel; waits for as long as the file system's server lets it. */
  static Space of(String path) {
    File file = new File(path);
    return new Space(file.getTotalSpace(), file.getFreeSpace(), file.getUsableSpace());
  }

  long used() {
    return total - free;
  }

  /** Share in use of what ordinary users can have. */
  double usedRatio() {
    return (double) used() / (used() + available);
  }
}
