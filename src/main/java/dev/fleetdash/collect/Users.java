package dev.fleetdash.collect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names of users by their number, from the local table; a user who is not in it keeps the number.
 * Not thread-safe.
 */
final class Users {
  private final Path passwd;
  private Map<Long, String> names = Map.of();
  private FileTime read = FileTime.fromMillis(0);

  Users(Path passwd) {
    this.passwd = passwd;
  }

  String name(long uid) {
    try {
      FileTime changed = Files.getLastModifiedTime(passwd);
      if (!changed.equals(read)) {
        names = parse(Files.readAllLines(passwd, StandardCharsets.ISO_8859_1));
        read = changed;
      }
    } catch (IOException e) {
      names = Map.of();
    }
    return names.getOrDefault(uid, Long.toString(uid));
  }

  static Map<Long, String> parse(List<String> lines) {
    Map<Long, String> names = new HashMap<>();
    for (String line : lines) {
      String[] fields = line.split(":", -1);
      if (fields.length > 2 && fields[2].matches("\\d{1,10}")) {
        names.putIfAbsent(Long.parseLong(fields[2]), fields[0]);
      }
    }
    return names;
  }
}
