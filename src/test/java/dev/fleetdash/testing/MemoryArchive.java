package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An archive without a disk, for tests that make thousands of them. For several threads. */
public class MemoryArchive implements Archive {
  private final TreeMap<String, Content> objects = new TreeMap<>();
  private final Map<String, Integer> puts = new HashMap<>();
  private long version;

  @Override
  public synchronized Optional<Content> get(String key, long maxBytes) {
    return Optional.ofNullable(objects.get(key));
  }

  @Override
  public synchronized String put(String key, byte[] bytes) {
    String etag = "v" + version++;
    objects.put(key, new Content(bytes.clone(), etag));
    puts.merge(key, 1, Integer::sum);
    return etag;
  }

  @Override
  public synchronized boolean putIfAbsent(String key, byte[] bytes) {
    if (objects.containsKey(key)) {
      return false;
    }
    put(key, bytes);
    return true;
  }

  @Override
  public synchronized boolean putIfMatch(String key, byte[] bytes, String etag) {
    Content present = objects.get(key);
    if (present == null || !present.etag().equals(etag)) {
      return false;
    }
    put(key, bytes);
    return true;
  }

  @Override
  public synchronized List<Listed> list(String prefix, int limit) {
    return objects.tailMap(prefix).entrySet().stream()
        .takeWhile(object -> object.getKey().startsWith(prefix))
        .limit(limit)
        .map(object -> new Listed(object.getKey(), object.getValue().bytes().length))
        .toList();
  }

  @Override
  public synchronized List<String> folders(String prefix) {
    List<String> folders = new ArrayList<>();
    for (Listed object : list(prefix, Integer.MAX_VALUE)) {
      int end = object.key().indexOf('/', prefix.length());
      if (end >= 0 && !folders.contains(object.key().substring(prefix.length(), end))) {
        folders.add(object.key().substring(prefix.length(), end));
      }
    }
    return folders;
  }

  /** Takes the object away, as a lifecycle rule does. */
  public synchronized void expire(String prefix) {
    objects.tailMap(prefix).keySet().removeIf(key -> key.startsWith(prefix));
  }

  /** How often that key was written. */
  public synchronized int puts(String key) {
    return puts.getOrDefault(key, 0);
  }

  @Override
  public String location() {
    return "memory";
  }

  @Override
  public void close() {}
}
