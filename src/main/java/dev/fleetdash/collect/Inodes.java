package dev.fleetdash.collect;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Inodes of a file system.
 *
 * <p>The JDK does not know them. A child process once a minute for all file systems takes a few
 * milliseconds and no memory to speak of; a native call from this process would take megabytes.
 */
record Inodes(long total, long free) {
  long used() {
    return total - free;
  }

  double usedRatio() {
    return (double) used() / total;
  }

  /** Asks {@code stat} for those paths; what it does not know is not in the answer. */
  static Map<String, Inodes> of(List<String> paths) throws IOException {
    if (paths.isEmpty()) {
      return Map.of();
    }
    List<String> command = new ArrayList<>(List.of("stat", "-f", "-c", "%c %d %n", "--"));
    command.addAll(paths);
    Process stat = new ProcessBuilder(command).redirectError(Redirect.DISCARD).start();
    stat.getOutputStream().close();
    try (InputStream out = stat.getInputStream()) {
      return parse(new String(out.readAllBytes(), Charset.defaultCharset()));
    }
  }

  /** Lines of total, free and path. A file system that makes inodes as needed says 0, and is left out. */
  static Map<String, Inodes> parse(String text) {
    Map<String, Inodes> inodes = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      String[] fields = line.split(" ", 3);
      if (fields.length == 3 && fields[0].matches("[1-9]\\d*") && fields[1].matches("\\d+")) {
        inodes.put(fields[2], new Inodes(Long.parseLong(fields[0]), Long.parseLong(fields[1])));
      }
    }
    return inodes;
  }
}
