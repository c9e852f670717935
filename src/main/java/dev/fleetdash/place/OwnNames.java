package dev.fleetdash.place;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The names under which this machine may be asked for, from its own files: a name server is not
 * asked, which takes time, and is somebody else.
 */
public final class OwnNames {
  private static final Path HOSTS = Path.of("/etc/hosts");
  private static final Path RESOLVER = Path.of("/etc/resolv.conf");
  private static final int LONGEST = 64 * 1024;

  private OwnNames() {}

  /** The host name, alone and in each domain in which names are looked for. */
  public static Set<String> find() {
    try {
      return of(MachineNames.ofThisMachine(), lines(HOSTS), lines(RESOLVER));
    } catch (IOException _) {
      // Then only what is configured is known.
      return Set.of();
    }
  }

  /**
   * @param hosts as in {@code /etc/hosts}
   * @param resolver as in {@code /etc/resolv.conf}
   */
  static Set<String> of(String machine, List<String> hosts, List<String> resolver) {
    Set<String> names = new LinkedHashSet<>();
    if (machine.isEmpty()) {
      return names;
    }
    String first = machine.split("\\.", 2)[0];
    names.add(machine);
    names.add(first);
    // As multicast DNS has it.
    names.add(first + ".local");
    for (String line : resolver) {
      List<String> words = words(line);
      if (words.size() > 1
          && (words.getFirst().equals("search") || words.getFirst().equals("domain"))) {
        words.stream().skip(1).forEach(domain -> names.add(first + "." + domain));
      }
    }
    for (String line : hosts) {
      List<String> words = words(line.split("#", 2)[0]);
      if (words.stream().skip(1).anyMatch(names::contains)) {
        words.stream().skip(1).forEach(names::add);
      }
    }
    return names;
  }

  private static List<String> words(String line) {
    return Arrays.stream(line.strip().split("\\s+", -1)).toList();
  }

  private static List<String> lines(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      return List.of();
    }
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.ISO_8859_1).lines().toList();
    }
  }
}
