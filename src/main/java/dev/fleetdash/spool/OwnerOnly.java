package dev.fleetdash.spool;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files and folders that only their owner may read, whatever the umask of the process. Where the
 * file system knows no such modes, its own rules hold.
 */
public final class OwnerOnly {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private OwnerOnly() {}

  /** What a new file in that folder is created with. */
  public static FileAttribute<?>[] file(Path folder) {
    return attribute(folder, FILE);
  }

  /** Makes the folder; what is above it has to be there. */
  public static void createFolder(Path folder) throws IOException {
    Path above = folder.toAbsolutePath().getParent();
    Files.createDirectory(folder, attribute(above == null ? folder : above, FOLDER));
  }

  /** Makes the folder, and those above it, where they are missing. */
  public static void createFolders(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.toAbsolutePath().getParent();
    if (above != null) {
      Files.createDirectories(above);
    }
    try {
      createFolder(folder);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  private static FileAttribute<?>[] attribute(Path at, Set<PosixFilePermission> permissions) {
    return view(at) == null
        ? new FileAttribute<?>[0]
        : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
  }

  /** Null where the file system has no such modes. */
  private static @Nullable PosixFileAttributeView view(Path of) {
    return Files.getFileAttributeView(of, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether every user of the machine may do something with the file or folder. */
  public static boolean isOpenToAll(Path of) throws IOException {
    PosixFileAttributeView view = view(of);
    try {
      return view != null
          && view.readAttributes().permissions().stream().anyMatch(OTHERS::contains);
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  /**
   * Takes it from all but its owner, if every user of the machine may do something with it. What is
   * open to its group only was opened by somebody, and stays so.
   *
   * @return whether it was open
   * @throws IOException also where it is another user's
   */
  public static boolean tighten(Path of) throws IOException {
    PosixFileAttributeView view = view(of);
    if (view == null || !isOpenToAll(of)) {
      return false;
    }
    view.setPermissions(Files.isDirectory(of, LinkOption.NOFOLLOW_LINKS) ? FOLDER : FILE);
    return true;
  }
}
