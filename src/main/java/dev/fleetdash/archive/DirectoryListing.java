package dev.fleetdash.archive;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Walks folders in the order of keys, some thousand names of each at a time: a folder with more is
 * looked through once more for the next ones. What vanishes on the way was not there.
 */
final class DirectoryListing {
  private static final int NAMES = 4_000;

  private final String prefix;
  private final String after;
  private final int limit;
  private final Consumer<String> foreign;
  private final List<Archive.Listed> found = new ArrayList<>();

  private DirectoryListing(String prefix, String after, int limit, Consumer<String> foreign) {
    this.prefix = prefix;
    this.after = after;
    this.limit = limit;
    this.foreign = foreign;
  }

  /** What lies in a folder. */
  private enum Kind {
    OBJECT,
    FOLDER,
    FOREIGN
  }

  /**
   * @param name with a final {@code /} for a folder, which is how it sorts among keys
   */
  private record Entry(String name, Kind kind, Path path, long size, String version) {}

  /**
   * The objects below {@code start}, whose key is {@code under}, that begin with {@code prefix} and
   * come behind {@code after}.
   *
   * @param under empty, or ends in {@code /}
   * @param foreign is told what lies there and is no object
   */
  static List<Archive.Listed> of(
      Path start, String under, String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException {
    DirectoryListing listing = new DirectoryListing(prefix, after, limit, foreign);
    listing.walk(start, under);
    return List.copyOf(listing.found);
  }

  static List<String> folders(Path start, String under, Consumer<String> others)
      throws IOException {
    List<String> names = new ArrayList<>();
    DirectoryListing all = new DirectoryListing(under, "", 0, others);
    all.each(
        start,
        under,
        entry -> {
          if (entry.kind() != Kind.FOLDER) {
            others.accept(under + entry.name());
          } else if (!of(entry.path(), under + entry.name(), "", "", 1, _ -> {}).isEmpty()) {
            names.add(entry.name().substring(0, entry.name().length() - 1));
          }
          return true;
        });
    names.sort(Comparator.naturalOrder());
    return List.copyOf(names);
  }

  /** Takes an entry, and answers whether more are wanted. */
  private interface Step {
    boolean take(Entry entry) throws IOException;
  }

  private void walk(Path folder, String under) throws IOException {
    each(
        folder,
        under,
        entry -> {
          if (found.size() >= limit) {
            return false;
          }
          String key = under + entry.name();
          switch (entry.kind()) {
            case FOREIGN -> foreign.accept(key);
            case FOLDER -> {
              if (key.startsWith(prefix) || prefix.startsWith(key)) {
                walk(entry.path(), key);
              }
            }
            case OBJECT -> {
              if (key.startsWith(prefix)) {
                found.add(new Archive.Listed(key, entry.size(), entry.version()));
              }
            }
          }
          return true;
        });
  }

  private void each(Path folder, String under, Step step) throws IOException {
    String last = "";
    while (true) {
      NavigableMap<String, Entry> next = entries(folder, under, last);
      for (Entry entry : next.values()) {
        if (!step.take(entry)) {
          return;
        }
      }
      if (next.size() < NAMES) {
        return;
      }
      last = next.lastKey();
    }
  }

  /** The first of those behind a name. */
  private NavigableMap<String, Entry> entries(Path folder, String under, String last)
      throws IOException {
    NavigableMap<String, Entry> first = new TreeMap<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        String name = path.getFileName().toString();
        // A folder's name sorts behind its own without the slash.
        boolean passed = first.size() == NAMES && name.compareTo(first.lastKey()) >= 0;
        if (!passed && wanted(under, name + "/", last)) {
          entry(path, name, under)
              .filter(entry -> wanted(under, entry.name(), last))
              .ifPresent(entry -> first.put(entry.name(), entry));
        }
        if (first.size() > NAMES) {
          first.pollLastEntry();
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      return new TreeMap<>();
    }
    return first;
  }

  /** Whether a name is behind those that were there already, or may hold what is. */
  private boolean wanted(String under, String name, String last) {
    String key = under + name;
    boolean around = key.endsWith("/") && after.startsWith(key);
    return name.compareTo(last) > 0 && (key.compareTo(after) > 0 || around);
  }

  private static Optional<Entry> entry(Path path, String name, String under) throws IOException {
    if (!Keys.legal(under + name)) {
      return Optional.of(new Entry(name, Kind.FOREIGN, path, 0, ""));
    }
    try {
      BasicFileAttributes is =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (is.isDirectory()) {
        return Optional.of(new Entry(name + "/", Kind.FOLDER, path, 0, ""));
      }
      return Optional.of(
          is.isRegularFile()
              ? new Entry(name, Kind.OBJECT, path, is.size(), version(is))
              : new Entry(name, Kind.FOREIGN, path, 0, ""));
    } catch (NoSuchFileException _) {
      // Vanished between the look at the folder and the look at the file.
      return Optional.empty();
    }
  }

  /** A file that replaced another is another file, also within one tick of the clock. */
  private static String version(BasicFileAttributes is) {
    return is.lastModifiedTime() + "/" + is.fileKey() + "/" + is.size();
  }
}
