package dev.fleetdash.archive;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Objects under keys. A key is a relative path with {@code /} between its parts, as in the layout
 * of the bucket.
 *
 * <p>An object is complete or absent: no reader ever sees a part of one. Every method throws an
 * {@link ArchiveException} when the store cannot be reached or refuses; absence is an answer, not
 * an error. Implementations open nothing when constructed, and are safe for use by several threads.
 */
public interface Archive extends AutoCloseable {

  /**
   * An object as it was read.
   *
   * @param etag what {@link #putIfMatch} takes; opaque
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Content(byte[] bytes, String etag) {}

  /**
   * An object as a list names it.
   *
   * @param size in bytes
   * @param version another one after each change of the object; opaque
   */
  record Listed(String key, long size, String version) {}

  /**
   * The object, or empty where there is none.
   *
   * @throws ArchiveException also when the object is larger than {@code maxBytes}
   */
  Optional<Content> get(String key, long maxBytes) throws IOException;

  /** Writes the object whether or not there is one; answers its new etag. */
  String put(String key, byte[] bytes) throws IOException;

  /** Writes the object if there is none; false where there is one, which stays as it is. */
  boolean putIfAbsent(String key, byte[] bytes) throws IOException;

  /** Writes the object if the present one has that etag; false where it has another or is gone. */
  boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException;

  /**
   * The objects whose keys begin with {@code prefix}, in the order of their keys (UTF-8 bytes), at
   * most {@code limit}.
   */
  default List<Listed> list(String prefix, int limit) throws IOException {
    return list(prefix, limit, _ -> {});
  }

  /**
   * The same.
   *
   * @param foreign is told the names of what lies there and cannot be a key, up to where the list
   *     ends; they are not to be used as anything but text
   */
  default List<Listed> list(String prefix, int limit, Consumer<String> foreign) throws IOException {
    return list(prefix, "", limit, foreign);
  }

  /**
   * The same from some key on.
   *
   * @param after the key behind which the list begins; empty for all
   */
  List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException;

  /**
   * The names directly under {@code prefix} (which ends in {@code /}) that have objects below them,
   * without the prefix and without the final {@code /}, in order.
   */
  default List<String> folders(String prefix) throws IOException {
    return folders(prefix, _ -> {});
  }

  /**
   * The same.
   *
   * @param others is told the names, with the prefix, of all else that lies directly there:
   *     objects, and what cannot be a key
   */
  List<String> folders(String prefix, Consumer<String> others) throws IOException;

  /**
   * Sees to it that an object which is a secret can be read by nobody who merely has a login on
   * this machine. Mends it where it can.
   *
   * @return what was wrong, or still is, and what mends it; empty where nothing was, and for stores
   *     that have their own rules
   */
  default Optional<Exposure> guard(String key) throws IOException {
    return Optional.empty();
  }

  /**
   * That others could read a secret.
   *
   * @param mended whether they no longer can
   */
  record Exposure(String text, boolean mended) {}

  /**
   * Has the store say what time it is, where its answers to other questions do not: what is decided
   * about other hosts goes by that time, and not by a clock of one of them.
   */
  default void askTime() throws IOException {}

  /**
   * Whether the conditions of puts hold between several writers. Where they do not, each name has
   * one machine, which leaves alone what is not its own.
   */
  default boolean keepsConditions() {
    return true;
  }

  /** As in the configuration: {@code file:data/archive} or {@code s3://bucket/prefix}. */
  String location();

  @Override
  void close();
}
