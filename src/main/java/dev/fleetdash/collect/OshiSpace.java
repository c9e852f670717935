package dev.fleetdash.collect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import oshi.software.os.OSFileStore;
import oshi.software.os.OperatingSystem;

/** Space as the JDK tells it, and inodes as OSHI does. Safe for use by several threads. */
final class OshiSpace implements FileSystemCollector.SpaceSource {
  private final Supplier<OperatingSystem> system;

  OshiSpace(Supplier<OperatingSystem> system) {
    this.system = system;
  }

  @Override
  public Space space(String path) {
    return Space.of(path);
  }

  @Override
  public Map<String, Inodes> inodes(List<String> paths) {
    Map<String, Inodes> inodes = new HashMap<>();
    for (OSFileStore store : system.get().getFileSystem().getFileStores(true)) {
      if (paths.contains(store.getMount()) && store.getTotalInodes() > 0) {
        inodes.put(store.getMount(), new Inodes(store.getTotalInodes(), store.getFreeInodes()));
      }
    }
    return inodes;
  }
}
