package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the kernel says of a process. */
final class Vitals {
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");
  private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s+(\\d+) kB");
  private static final Pattern THREADS = Pattern.compile("(?m)^Threads:\\s+(\\d+)");

  /** Those of the threads that a tick waits for. */
  private static final Pattern OF_A_TICK = Pattern.compile("sampler|collector-\\d+|VM Thread");

  private final Path process;

  Vitals(long pid) {
    process = Path.of("/proc", Long.toString(pid));
  }

  /** Resident memory in MiB. */
  double residentMebibytes() throws IOException {
    return number(RESIDENT) / 1024.0;
  }

  /** The most resident memory since {@link #forgetPeak}, in MiB. */
  double peakMebibytes() throws IOException {
    return number(PEAK) / 1024.0;
  }

  void forgetPeak() throws IOException {
    // See proc_pid_clear_refs(5).
    Files.writeString(process.resolve("clear_refs"), "5");
  }

  long threads() throws IOException {
    return number(THREADS);
  }

  /** How many files and sockets it has open. */
  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      return open.count();
    }
  }

  private long number(Pattern pattern) throws IOException {
    String status = Files.readString(process.resolve("status"), ISO_8859_1);
    Matcher matcher = pattern.matcher(status);
    if (!matcher.find()) {
      throw new IOException("no " + pattern + " in " + status);
    }
    return Long.parseLong(matcher.group(1));
  }

  /** For how long those who make a tick could have run and were not let, in nanoseconds. */
  long waitedNanos() throws IOException {
    long waited = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path thread : threads) {
        waited += waited(thread);
      }
    }
    return waited;
  }

  private static long waited(Path thread) {
    try {
      String name = Files.readString(thread.resolve("comm"), ISO_8859_1).strip();
      return OF_A_TICK.matcher(name).matches()
          ? Long.parseLong(
              Files.readString(thread.resolve("schedstat"), ISO_8859_1).split(" ", 3)[1])
          : 0;
    } catch (IOException _) {
      // The thread has ended.
      return 0;
    }
  }
}
