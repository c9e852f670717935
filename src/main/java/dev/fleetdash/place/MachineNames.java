package dev.fleetdash.place;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's name, without asking a name server where the kernel tells it. */
final class MachineNames {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private MachineNames() {}

  static String ofThisMachine() throws IOException {
    return Files.exists(KERNEL)
        ? Files.readString(KERNEL)
        : InetAddress.getLocalHost().getHostName();
  }
}
