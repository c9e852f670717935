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
import java.util.function.Consumer;

/** Walks folders in the order of keys. What vanishes on the way was not there. */
final class DirectoryListing {
  private final String prefix;
  private final int limit;
  private final Consumer<String> foreign;
  private final List<Archive.Listed> found = new ArrayList<>();

  private DirectoryListing(String prefix, int limit, Consumer<String> foreign) {
    this.prefix = prefix;
    this.limit = limit;
    this.foreign = foreign;
  }

  /**
   * @param name with a final {@code /} for a folder, which is how it sorts among keys
   */
  private record Entry(String name, Path path, long size, String version) {
    boolean folder() {
      return name.endsWith("/");
    }
  }

  /**
   * The objects below {@code start}, whose key is {@code under}, that begin with {@code prefix}.
   *
   * @param under empty, or ends in {@code /}
   * @param foreign is told what lies there and is no object
   */
  static List<Archive.Listed> of(
      Path start, String under, String prefix, int limit, Consumer<String> foreign)
      throws IOException {
    DirectoryListing listing = new DirectoryListing(prefix, limit, foreign);
    listing.walk(start, under);
    return List.copyOf(listing.found);
  }

  static List<String> folders(Path start, String under, Consumer<String> others)
      throws IOException {
    List<String> names = new ArrayList<>();
    for (Entry entry : entries(start, under, others)) {
      if (!entry.folder()) {
        others.accept(under + entry.name());
      } else if (!of(entry.path(), under + entry.name(), "", 1, _ -> {}).isEmpty()) {
        names.add(entry.name().substring(0, entry.name().length() - 1));
      }
    }
    names.sort(Comparator.naturalOrder());
    return List.copyOf(names);
  }

  private void walk(Path folder, String under) throws IOException {
    for (Entry entry : entries(folder, under, foreign)) {
      if (found.size() >= limit) {
        return;
      }
      String key = under + entry.name();
      if (entry.folder() && (key.startsWith(prefix) || prefix.startsWith(key))) {
        walk(entry.path(), key);
      } else if (!entry.folder() && key.startsWith(prefix)) {
        found.add(new Archive.Listed(key, entry.size(), entry.version()));
      }
    }
  }

  private static List<Entry> entries(Path folder, String under, Consumer<String> foreign)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        add(entries, path, under, foreign);
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of();
    }
    entries.sort(Comparator.comparing(Entry::name));
    return entries;
  }

  private static void add(List<Entry> entries, Path path, String under, Consumer<String> foreign)
      throws IOException {
    String name = path.getFileName().toString();
    if (!Keys.legal(under + name)) {
      foreign.accept(under + name);
      return;
    }
    try {
      BasicFileAttributes is =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (is.isDirectory()) {
        entries.add(new Entry(name + "/", path, 0, ""));
      } else if (is.isRegularFile()) {
        entries.add(new Entry(name, path, is.size(), version(is)));
      } else {
        foreign.accept(under + name);
      }
    } catch (NoSuchFileException _) {
      // Vanished between the look at the folder and the look at the file.
    }
  }

  /** A file that replaced another is another file, also within one tick of the clock. */
  private static String version(BasicFileAttributes is) {
    return is.lastModifiedTime() + "/" + is.fileKey() + "/" + is.size();
  }
}
