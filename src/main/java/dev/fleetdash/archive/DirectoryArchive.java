package dev.fleetdash.archive;

import dev.fleetdash.spool.OwnerOnly;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * The archive as files under a directory of this host, on a local file system. An object is written
 * to the directory's {@code .tmp}, forced to the disk, and renamed into place.
 *
 * <p>Safe for use by several threads, and by several processes on one directory: whoever replaces
 * or creates an object holds a lock that the operating system takes back from the dead. Reads take
 * no lock and write nothing. Symbolic links below the directory are not followed.
 */
public final class DirectoryArchive implements Archive {
  private static final Duration LEFTOVER = Duration.ofDays(1);
  private static final String TEMPORARY = ".tmp";

  /** The keys of what only members of the fleet may read. */
  private static final String SECRETS = "fleet/";

  /** Windows opens no directory as a file, and writes its own journal of them. */
  private static final boolean DIRECTORIES_CAN_BE_FORCED =
      !System.getProperty("os.name", "").startsWith("Windows");

  private final Path root;
  private final BiConsumer<Instant, Duration> clock;
  private final Duration patience;
  private final AtomicBoolean swept = new AtomicBoolean();

  /** One of which nobody asks what time it is there. */
  public DirectoryArchive(Path root) {
    this(root, (_, _) -> {});
  }

  /**
   * @param clock is told the file system's time, in whole seconds, and for how long it was waited
   *     for; it may be another machine's
   */
  DirectoryArchive(Path root, BiConsumer<Instant, Duration> clock) {
    this(root, clock, DirectoryLock.PATIENCE);
  }

  /**
   * @param patience how long to wait for other writers
   */
  DirectoryArchive(Path root, BiConsumer<Instant, Duration> clock, Duration patience) {
    this.root = root;
    this.clock = clock;
    this.patience = patience;
  }

  private interface Condition {
    boolean holds(Path object) throws IOException;
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) throws IOException {
    Keys.check(key);
    try {
      Optional<Path> object = find(key);
      return object.isEmpty() ? Optional.empty() : Optional.of(read(object.get(), key, maxBytes));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      throw FileFaults.explain(e, "read " + key, root);
    }
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    write(key, bytes, _ -> true);
    return etag(bytes);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    return write(key, bytes, object -> !Files.exists(object, LinkOption.NOFOLLOW_LINKS));
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    return write(
        key,
        bytes,
        object ->
            Files.isRegularFile(object, LinkOption.NOFOLLOW_LINKS)
                && etag(Files.readAllBytes(object)).equals(etag));
  }

  @Override
  public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException {
    Keys.checkPrefix(prefix);
    try {
      String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
      Optional<Path> start = find(folder);
      return start.isEmpty()
          ? List.of()
          : DirectoryListing.of(start.get(), folder, prefix, after, limit, foreign);
    } catch (IOException e) {
      throw FileFaults.explain(e, "list " + prefix, root);
    }
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) throws IOException {
    Keys.checkFolder(prefix);
    try {
      Optional<Path> start = find(prefix);
      return start.isEmpty() ? List.of() : DirectoryListing.folders(start.get(), prefix, others);
    } catch (IOException e) {
      throw FileFaults.explain(e, "list " + prefix, root);
    }
  }

  @Override
  public Optional<Exposure> guard(String key) throws IOException {
    Keys.check(key);
    Optional<Path> object = find(key);
    if (object.isEmpty()) {
      return Optional.empty();
    }
    Path folder = above(object.get());
    if (!OwnerOnly.isOpenToAll(object.get()) || !OwnerOnly.isOpenToAll(folder)) {
      return Optional.empty();
    }
    String was = key + " in " + location() + " could be read by every user of this machine";
    try {
      OwnerOnly.tighten(object.get());
      OwnerOnly.tighten(folder);
      return Optional.of(new Exposure(was + ", and no longer can", true));
    } catch (IOException e) {
      return Optional.of(
          new Exposure(
              was.replace("could", "can") + "; as its owner: chmod 600 " + object.get(), false));
    }
  }

  @Override
  public void askTime() throws IOException {
    try {
      Files.createDirectories(root);
      Files.delete(writeTemporary(root.toRealPath(), new byte[0], false));
    } catch (IOException e) {
      throw FileFaults.explain(e, "write", root);
    }
  }

  @Override
  public String location() {
    // Pages show it: the last name alone tells archives apart.
    return "file:" + (root.isAbsolute() ? "…/" + root.getFileName() : root);
  }

  @Override
  public void close() {}

  /** Removes the object, if it is there, and the folders above it that are empty then. */
  void delete(String key) throws IOException {
    Keys.check(key);
    try {
      Optional<Path> object = find(key);
      if (object.isEmpty()) {
        return;
      }
      Path home = root.toRealPath();
      try (DirectoryLock _ = DirectoryLock.take(home, patience)) {
        Files.deleteIfExists(object.get());
        prune(object.get(), home);
      }
    } catch (IOException e) {
      throw FileFaults.explain(e, "delete " + key, root);
    }
  }

  private static void prune(Path object, Path home) throws IOException {
    try {
      for (Path folder = above(object); !folder.equals(home); folder = above(folder)) {
        Files.deleteIfExists(folder);
      }
    } catch (DirectoryNotEmptyException _) {
      // The first that still holds something is where this ends.
    }
  }

  private boolean write(String key, byte[] bytes, Condition condition) throws IOException {
    Keys.check(key);
    try {
      Files.createDirectories(root);
      Path home = root.toRealPath();
      boolean secret = key.startsWith(SECRETS);
      Path written = writeTemporary(home, bytes, secret);
      try (DirectoryLock _ = DirectoryLock.take(home, patience)) {
        Path object = home.resolve(key);
        if (!condition.holds(object)) {
          return false;
        }
        makeFolders(home, above(object), secret);
        Files.move(written, object, StandardCopyOption.ATOMIC_MOVE);
        force(above(object));
        return true;
      } finally {
        Files.deleteIfExists(written);
      }
    } catch (IOException e) {
      throw FileFaults.explain(e, "write " + key, root);
    }
  }

  private Path writeTemporary(Path home, byte[] bytes, boolean secret) throws IOException {
    Path folder = home.resolve(TEMPORARY);
    Files.createDirectories(folder);
    String name = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    Path file = folder.resolve(name + ".tmp");
    if (secret) {
      Files.createFile(file, OwnerOnly.file(folder));
    }
    long begun = System.nanoTime();
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      out.write(bytes);
      out.getFD().sync();
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    Instant written = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    clock.accept(
        written.truncatedTo(ChronoUnit.SECONDS), Duration.ofNanos(System.nanoTime() - begun));
    if (swept.compareAndSet(false, true)) {
      sweep(folder, written.minus(LEFTOVER));
    }
    return file;
  }

  /** By the file system's own time: of a host whose clock is wrong, others' files are young. */
  private static void sweep(Path folder, Instant before) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, "*.tmp")) {
      for (Path file : left) {
        if (isOlder(file, before)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static boolean isOlder(Path file, Instant than) throws IOException {
    try {
      return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant().isBefore(than);
    } catch (NoSuchFileException _) {
      // Another writer's, who has just renamed it.
      return false;
    }
  }

  private static void makeFolders(Path home, Path folder, boolean secret) throws IOException {
    if (folder.equals(home)) {
      return;
    }
    makeFolders(home, above(folder), secret);
    try {
      if (secret) {
        OwnerOnly.createFolder(folder);
      } else {
        Files.createDirectory(folder);
      }
      force(above(folder));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw e;
      }
    }
  }

  /** Below the root everything has one. */
  private static Path above(Path path) {
    return Objects.requireNonNull(path.getParent());
  }

  /** A rename is on the disk when its directory is. */
  private static void force(Path folder) throws IOException {
    if (DIRECTORIES_CAN_BE_FORCED) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** The file or folder of that key, or empty where there is none. */
  private Optional<Path> find(String key) throws IOException {
    if (!Files.exists(root)) {
      return Optional.empty();
    }
    Path at = root.toRealPath();
    if (!Files.isDirectory(at)) {
      throw new FileAlreadyExistsException(at.toString());
    }
    for (Path part : Path.of(key)) {
      if (part.toString().isEmpty()) {
        continue;
      }
      at = at.resolve(part);
      if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
      BasicFileAttributes found =
          Files.readAttributes(at, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (found.isSymbolicLink() || found.isOther()) {
        throw new ArchiveException(
            ArchiveException.Kind.BAD_OBJECT,
            at + " is a link; links below the archive are not followed");
      }
    }
    return key.endsWith("/") || key.isEmpty() == Files.isDirectory(at)
        ? Optional.of(at)
        : Optional.empty();
  }

  private Content read(Path object, String key, long maxBytes) throws IOException {
    // Before it is read: it may be large, and the bytes pass through memory outside the heap.
    if (Files.size(object) > maxBytes) {
      throw tooLarge(key, maxBytes);
    }
    try (InputStream in = Files.newInputStream(object, LinkOption.NOFOLLOW_LINKS)) {
      int most = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
      byte[] bytes = in.readNBytes(most);
      if (in.read() >= 0) {
        throw tooLarge(key, maxBytes);
      }
      return new Content(bytes, etag(bytes));
    }
  }

  private ArchiveException tooLarge(String key, long maxBytes) {
    return new ArchiveException(
        ArchiveException.Kind.BAD_OBJECT,
        key + " in " + location() + " is larger than " + maxBytes + " bytes");
  }

  /** Two polynomials and the length: against accident, not malice, and both run at memory speed. */
  private static String etag(byte[] bytes) {
    CRC32 one = new CRC32();
    CRC32C two = new CRC32C();
    one.update(bytes, 0, bytes.length);
    two.update(bytes, 0, bytes.length);
    return "%08x%08x-%x".formatted(one.getValue(), two.getValue(), bytes.length);
  }
}
