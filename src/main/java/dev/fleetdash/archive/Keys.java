package dev.fleetdash.archive;

/**
 * What may be a key, in every store alike: parts of printable ASCII with {@code /} between them,
 * none empty or beginning with a dot, the last one not ending in {@code .tmp}.
 *
 * <p>This leaves no way out of a directory and no name that a store keeps for itself. Whatever else
 * lies in a store is foreign: it is neither listed nor read.
 */
final class Keys {
  private static final int LONGEST = 1024;
  private static final int LONGEST_PART = 255;

  private Keys() {}

  static void check(String key) throws ArchiveException {
    if (!legal(key)) {
      throw illegal("key", key);
    }
  }

  /** A prefix is the beginning of a key; it may end within a part, or with {@code /}. */
  static void checkPrefix(String prefix) throws ArchiveException {
    if (!prefix.isEmpty() && !legal(prefix.endsWith("/") ? prefix + "x" : prefix)) {
      throw illegal("prefix", prefix);
    }
  }

  static void checkFolder(String prefix) throws ArchiveException {
    checkPrefix(prefix);
    if (!prefix.isEmpty() && !prefix.endsWith("/")) {
      throw illegal("folder (it ends in '/')", prefix);
    }
  }

  static boolean legal(String key) {
    if (key.length() > LONGEST || key.endsWith(".tmp")) {
      return false;
    }
    int start = 0;
    for (int end = key.indexOf('/'); end >= 0; end = key.indexOf('/', start)) {
      if (!legalPart(key, start, end)) {
        return false;
      }
      start = end + 1;
    }
    return legalPart(key, start, key.length());
  }

  private static boolean legalPart(String key, int start, int end) {
    if (start == end || end - start > LONGEST_PART || key.charAt(start) == '.') {
      return false;
    }
    for (int i = start; i < end; i++) {
      char c = key.charAt(i);
      if (c < ' ' || c > '~' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static ArchiveException illegal(String what, String text) {
    return new ArchiveException(
        ArchiveException.Kind.BAD_OBJECT, "not a " + what + " of the archive: " + text);
  }
}
