package dev.fleetdash.collect;

import java.io.IOException;
import java.util.List;

/** Where processes are read from. Never tells their arguments, which hold secrets. */
interface ProcessSource {
  List<ProcessUse> read() throws IOException;

  /** The user that a process runs as; empty where the process is gone. */
  String user(int pid);
}
