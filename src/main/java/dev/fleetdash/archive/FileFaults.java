package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says what a failure of the file system means and what mends it. Pages show it to everybody, so it
 * names no user, and no file but by its way from the archive's root: who runs the process knows
 * FLEETDASH_ARCHIVE.
 */
final class FileFaults {
  private static final String ELSEWHERE = ", or set FLEETDASH_ARCHIVE to another directory";

  private FileFaults() {}

  /**
   * @param action what was being done, as in {@code write v1/schema.json}
   */
  static ArchiveException explain(IOException e, String action, Path root) {
    if (e instanceof ArchiveException explained) {
      return explained;
    }
    String failed = "cannot " + action + " in FLEETDASH_ARCHIVE: ";
    String file = e instanceof FileSystemException f ? shown(f.getFile(), root) : "its directory";
    String reason = reason(e);
    String words = reason.toLowerCase(Locale.ROOT);
    if (e instanceof AccessDeniedException || words.contains("permission denied")) {
      return new ArchiveException(
          Kind.REFUSED,
          failed + file + " denies access; give it to the user of this process" + ELSEWHERE,
          e);
    }
    if (words.contains("read-only file system")) {
      return new ArchiveException(
          Kind.REFUSED,
          failed + "the file system is read-only; remount it for writing" + ELSEWHERE,
          e);
    }
    if (words.contains("no space left")
        || words.contains("not enough space")
        || words.contains("quota exceeded")) {
      return new ArchiveException(
          Kind.UNREACHABLE, failed + "the disk is full; free some space" + ELSEWHERE, e);
    }
    if (e instanceof FileAlreadyExistsException
        || e instanceof NotDirectoryException
        || words.contains("not a directory")) {
      return new ArchiveException(
          Kind.MISSING, failed + file + " is not a directory; move it away" + ELSEWHERE, e);
    }
    if (e instanceof NoSuchFileException) {
      return new ArchiveException(
          Kind.MISSING, failed + file + " is not there and cannot be made; make it" + ELSEWHERE, e);
    }
    return new ArchiveException(Kind.UNREACHABLE, failed + reason, e);
  }

  /** Without the file's name, which is the first word of a message of the file system. */
  private static String reason(IOException e) {
    if (e instanceof FileSystemException f) {
      return Objects.requireNonNullElse(f.getReason(), e.getClass().getSimpleName());
    }
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }

  private static String shown(@Nullable String file, Path root) {
    if (file == null || !Path.of(file).startsWith(root) || Path.of(file).equals(root)) {
      return "its directory";
    }
    return root.relativize(Path.of(file)).toString();
  }
}
