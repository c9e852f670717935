package dev.fleetdash.collect;

/**
 * A mounted file system.
 *
 * @param device the kernel's number of what is mounted, {@code major:minor}; equal for two mounts of one
 *     file system
 * @param root which directory of it is mounted; not {@code /} for a bind mount
 * @param path where it is mounted
 * @param remote whether it is served by somebody who may stop answering
 */
record Mount(String device, String root, String path, String type, boolean remote) {
  boolean whole() {
    return root.equals("/");
  }
}
