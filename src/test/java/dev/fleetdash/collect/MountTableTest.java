package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final String FILESYSTEMS =
      """
      nodev\tsysfs
      nodev\tproc
      nodev\ttmpfs
      nodev\toverlay
      nodev\tnfs4
      nodev\tfuse
      nodev\tzfs
      \text4
      \txfs
      \tsquashfs
      \tfuseblk
      """;

  @Test
  void keepsDevicesAndServersAndLeavesOutTheRest() {
    List<Mount> mounts =
        real(
            """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            23 22 0:21 / /proc rw shared:2 - proc proc rw
            24 22 0:22 / /run rw shared:3 - tmpfs tmpfs rw
            25 22 7:0 / /snap/core/1 ro shared:4 - squashfs /dev/loop0 ro
            26 22 259:3 / /data rw shared:5 - xfs /dev/nvme1n1 rw
            27 22 0:50 / /mnt/share rw shared:6 - nfs4 server:/x rw,addr=10.0.0.1
            28 22 0:51 / /mnt/ssh rw - fuse.sshfs user@host: rw
            29 22 0:52 / /tank rw - zfs tank rw
            30 22 0:53 / /var/lib/docker/overlay2/a/merged rw - overlay overlay rw
            31 22 8:1 / /ntfs rw - fuseblk /dev/sda1 rw
            """);

    assertThat(mounts)
        .extracting(Mount::path)
        .containsExactly("/", "/data", "/mnt/share", "/mnt/ssh", "/tank", "/ntfs");
    assertThat(mounts)
        .filteredOn(Mount::remote)
        .extracting(Mount::path)
        .containsExactly("/mnt/share", "/mnt/ssh");
  }

  @Test
  void keepsTheRootWhateverItIs() {
    assertThat(real("1 0 0:30 / / rw - overlay overlay rw\n"))
        .extracting(Mount::type)
        .containsExactly("overlay");
  }

  @Test
  void countsAFileSystemOnceThoughItIsMountedManyTimes() {
    List<Mount> mounts =
        real(
            """
            40 1 254:1 /etc/hosts /etc/hosts rw - ext4 /dev/vda1 rw
            41 1 254:1 / /srv/whole/root rw - ext4 /dev/vda1 rw
            42 1 254:1 / /srv/root rw - ext4 /dev/vda1 rw
            43 1 254:1 /x /x rw - ext4 /dev/vda1 rw
            """);

    assertThat(mounts).extracting(Mount::path).containsExactly("/srv/root");
  }

  @Test
  void laterMountHidesTheEarlierOneAtItsPlace() {
    List<Mount> mounts =
        real(
            """
            50 1 254:1 / /data rw - ext4 /dev/vda1 rw
            51 50 254:2 / /data rw - xfs /dev/vda2 rw
            """);

    assertThat(mounts).extracting(Mount::type).containsExactly("xfs");
  }

  @Test
  void readsBlanksAndBackslashesInPaths() {
    List<Mount> mounts =
        real(
            "60 1 254:1 / /with\\040blank\\134and\\011tab\\\\ rw master:1 shared:2 - ext4 /d rw\n");

    assertThat(mounts).extracting(Mount::path).containsExactly("/with blank\\and\ttab\\\\");
  }

  @Test
  void linesItDoesNotUnderstandAreLeftOut() {
    assertThat(real("\nnonsense\n1 2 3 - \n1 2 3 4 5 6 7 8\n")).isEmpty();
  }

  private static List<Mount> real(String mountinfo) {
    return MountTable.real(mountinfo, FILESYSTEMS);
  }
}
