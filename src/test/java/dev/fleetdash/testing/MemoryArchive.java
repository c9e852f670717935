package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** An archive without a disk, for tests that make thousands of them. For several threads. */
public final class MemoryArchive implements Archive {
  private final TreeMap<String, Content> objects = new TreeMap<>();
  private final Map<String, Integer> puts = new HashMap<>();
  private final Runnable before;
  private long version;

  public MemoryArchive() {
    this(() -> {});
  }

  /**
   * @param before is run before each request that compaction makes
   */
  public MemoryArchive(Runnable before) {
    this.before = before;
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) {
    before.run();
    synchronized (objects) {
      return Optional.ofNullable(objects.get(key));
    }
  }

  @Override
  public String put(String key, byte[] bytes) {
    synchronized (objects) {
      String etag = "v" + version++;
      objects.put(key, new Content(bytes.clone(), etag));
      puts.merge(key, 1, Integer::sum);
      return etag;
    }
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) {
    before.run();
    synchronized (objects) {
      if (objects.containsKey(key)) {
        return false;
      }
      put(key, bytes);
      return true;
    }
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) {
    before.run();
    synchronized (objects) {
      Content present = objects.get(key);
      if (present == null || !present.etag().equals(etag)) {
        return false;
      }
      put(key, bytes);
      return true;
    }
  }

  @Override
  public List<Listed> list(String prefix, int limit) {
    return list(prefix, limit, _ -> {});
  }

  /** What is put under a name with {@code /.} in it is nobody's, as in a bucket. */
  @Override
  public List<Listed> list(String prefix, int limit, Consumer<String> foreign) {
    return list(prefix, "", limit, foreign);
  }

  @Override
  public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign) {
    before.run();
    synchronized (objects) {
      List<Listed> found = new ArrayList<>();
      String from = after.compareTo(prefix) > 0 ? after + "\0" : prefix;
      for (Map.Entry<String, Content> object : objects.tailMap(from).entrySet()) {
        if (!object.getKey().startsWith(prefix) || found.size() >= limit) {
          break;
        }
        if (object.getKey().contains("/.")) {
          foreign.accept(object.getKey());
        } else {
          found.add(
              new Listed(
                  object.getKey(), object.getValue().bytes().length, object.getValue().etag()));
        }
      }
      return found;
    }
  }

  @Override
  public List<String> folders(String prefix) {
    return folders(prefix, _ -> {});
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) {
    Set<String> folders = new TreeSet<>();
    for (Listed object : list(prefix, Integer.MAX_VALUE)) {
      int end = object.key().indexOf('/', prefix.length());
      if (end < 0) {
        others.accept(object.key());
      } else {
        folders.add(object.key().substring(prefix.length(), end));
      }
    }
    return List.copyOf(folders);
  }

  /** Takes the object away, as a lifecycle rule does. */
  public void expire(String prefix) {
    synchronized (objects) {
      objects.tailMap(prefix).keySet().removeIf(key -> key.startsWith(prefix));
    }
  }

  /** How often that key was written. */
  public int puts(String key) {
    synchronized (objects) {
      return puts.getOrDefault(key, 0);
    }
  }

  @Override
  public String location() {
    return "memory";
  }

  @Override
  public void close() {}
}
