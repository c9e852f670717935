package dev.fleetdash.collect;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Processes from /proc/PID/stat, one read each. Not thread-safe.
 *
 * <p>Reading it here takes a fraction of the time that OSHI's full description of each process does.
 */
final class ProcProcesses implements ProcessSource {
  /** The unit of times in /proc, which is part of the kernel's interface on all its 64-bit platforms. */
  private static final double TICKS_PER_SECOND = 100;

  /** From the state, field 3, to field 13; and from field 16 to field 21. */
  private static final int FIELDS_TO_UTIME = 11;

  private static final int FIELDS_TO_START = 6;

  private final File proc;
  private final Users users;
  private final LongSupplier pageBytes;
  private final byte[] buffer = new byte[4096];
  private final Cursor cursor = new Cursor(buffer, 0);

  ProcProcesses(Path proc, Users users, LongSupplier pageBytes) {
    this.proc = proc.toFile();
    this.users = users;
    this.pageBytes = pageBytes;
  }

  @Override
  public List<ProcessUse> read() throws IOException {
    String[] names = proc.list();
    if (names == null) {
      throw new IOException("list " + proc + " failed");
    }
    long page = pageBytes.getAsLong();
    List<ProcessUse> uses = new ArrayList<>(names.length);
    for (String name : names) {
      if (name.charAt(0) <= '9' && read(name + "/stat")) {
        ProcessUse use = parse(cursor, page);
        if (use != null) {
          uses.add(use);
        }
      }
    }
    return uses;
  }

  @Override
  public String user(int pid) {
    if (!read(pid + "/status")) {
      return "";
    }
    do {
      if (cursor.skip("Uid:")) {
        cursor.skipWords(1);
        return users.name(cursor.number());
      }
    } while (cursor.nextLine());
    return "";
  }

  /** The name stands in parentheses and can hold anything, parentheses and blanks included. */
  static @Nullable ProcessUse parse(Cursor text, long pageBytes) {
    long pid = text.number();
    if (!text.skip(" (")) {
      return null;
    }
    String name = text.untilLast(')');
    text.skipWords(FIELDS_TO_UTIME);
    long ticks = text.number() + text.number();
    text.skipWords(FIELDS_TO_START);
    long started = text.number();
    text.skipWords(1);
    long pages = text.number();
    if (pid < 0 || pages < 0) {
      return null;
    }
    return new ProcessUse((int) pid, name, started, ticks / TICKS_PER_SECOND, pages * pageBytes);
  }

  /** Whether the file could be read; a process may end at any moment. */
  private boolean read(String file) {
    try (FileInputStream in = new FileInputStream(new File(proc, file))) {
      cursor.reset(buffer, Math.max(0, in.read(buffer)));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
