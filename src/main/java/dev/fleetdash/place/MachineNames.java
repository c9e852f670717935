package dev.fleetdash.place;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's name, without asking a name server where the kernel tells it. */
final class MachineNames {
  private static final Path KERNEL = Path.of("/proc/sys/kernel/hostname");

  private static final int LONGEST = 512;

  private MachineNames() {}

  static String ofThisMachine() throws IOException {
    if (!Files.exists(KERNEL)) {
      return InetAddress.getLocalHost().getHostName();
    }
    // One read, for the kernel gives nothing to a second one.
    try (InputStream in = Files.newInputStream(KERNEL)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.UTF_8).strip();
    }
  }
}
