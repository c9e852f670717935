package dev.fleetdash.collect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import oshi.software.os.OSProcess;
import oshi.software.os.OperatingSystem;

/** Processes from OSHI. Not thread-safe. */
final class OshiProcesses implements ProcessSource {
  private static final double MILLIS_PER_SECOND = 1e3;

  private final Supplier<OperatingSystem> system;
  private Map<Integer, OSProcess> latest = Map.of();

  OshiProcesses(Supplier<OperatingSystem> system) {
    this.system = system;
  }

  @Override
  public List<ProcessUse> read() {
    Map<Integer, OSProcess> found = new HashMap<>();
    List<ProcessUse> uses = new ArrayList<>();
    for (OSProcess process : system.get().getProcesses()) {
      double seconds = (process.getKernelTime() + process.getUserTime()) / MILLIS_PER_SECOND;
      found.put(process.getProcessID(), process);
      uses.add(
          new ProcessUse(
              process.getProcessID(),
              process.getName(),
              process.getStartTime(),
              seconds,
              process.getResidentMemory()));
    }
    latest = found;
    return uses;
  }

  @Override
  public String user(int pid) {
    OSProcess process = latest.get(pid);
    return process == null ? "" : process.getUser();
  }
}
