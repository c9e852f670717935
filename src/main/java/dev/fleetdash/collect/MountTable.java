package dev.fleetdash.collect;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells real file systems from the rest of the mount table, each of them once.
 *
 * <p>Real is what lies on a device or is served by somebody else; and the root, whatever it is. Views
 * on the kernel, memory ({@code tmpfs}), a container's layers ({@code overlay}) and images that are full by
 * nature ({@code squashfs}) are not.
 */
final class MountTable {
  private static final Set<String> IMAGES =
      Set.of("squashfs", "erofs", "iso9660", "udf", "cramfs", "romfs");
  private static final Set<String> LOCAL_WITHOUT_DEVICE = Set.of("zfs", "ubifs", "bcachefs");
  private static final Set<String> REMOTE =
      Set.of(
          "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "afs", "lustre",
          "glusterfs", "beegfs", "gpfs", "orangefs", "coda", "ncpfs");
  private static final String ROOT = "/";
  private static final int OCTAL = 8;

  private MountTable() {}

  /**
   * The real file systems.
   *
   * @param mountinfo the text of /proc/self/mountinfo
   * @param filesystems the text of /proc/filesystems, which names the types that need no device
   */
  static List<Mount> real(String mountinfo, String filesystems) {
    Set<String> withoutDevice = withoutDevice(filesystems);
    Map<String, Mount> visible = new LinkedHashMap<>();
    for (String line : mountinfo.split("\n", -1)) {
      String[] fields = line.split(" ", -1);
      int separator = List.of(fields).indexOf("-");
      if (separator > 5 && fields.length > separator + 1) {
        Mount mount = mount(fields, fields[separator + 1]);
        // A later mount hides the earlier one at its place.
        visible.put(mount.path(), mount);
      }
    }
    return once(
        visible.values().stream().filter(m -> real(m, withoutDevice)).toList());
  }

  private static Mount mount(String[] fields, String type) {
    boolean remote = REMOTE.contains(type) || type.equals("fuse") || type.startsWith("fuse.");
    return new Mount(fields[2], unescape(fields[3]), unescape(fields[4]), type, remote);
  }

  private static boolean real(Mount mount, Set<String> withoutDevice) {
    if (mount.path().equals(ROOT)) {
      return true;
    }
    if (IMAGES.contains(mount.type())) {
      return false;
    }
    return mount.remote()
        || LOCAL_WITHOUT_DEVICE.contains(mount.type())
        || !withoutDevice.contains(mount.type());
  }

  /** Of several mounts of one file system the whole one, and of those the one with the shortest path. */
  private static List<Mount> once(Collection<Mount> mounts) {
    Map<String, Mount> byDevice = new LinkedHashMap<>();
    for (Mount mount : mounts) {
      byDevice.merge(mount.device(), mount, MountTable::better);
    }
    return new ArrayList<>(byDevice.values());
  }

  private static Mount better(Mount a, Mount b) {
    if (a.whole() != b.whole()) {
      return a.whole() ? a : b;
    }
    return b.path().length() < a.path().length() ? b : a;
  }

  private static Set<String> withoutDevice(String filesystems) {
    Set<String> types = new HashSet<>();
    for (String line : filesystems.split("\n", -1)) {
      String[] words = line.split("\t", -1);
      if (words.length == 2 && words[0].equals("nodev")) {
        types.add(words[1]);
      }
    }
    return types;
  }

  /** The kernel writes blanks and the like as a backslash and three octal digits. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder text = new StringBuilder(field.length());
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      if (c == '\\' && field.substring(i).matches("\\\\[0-3][0-7]{2}.*")) {
        text.append((char) Integer.parseInt(field.substring(i + 1, i + 4), OCTAL));
        i += 3;
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
