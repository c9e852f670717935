package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive.Listed;
import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryArchiveTest extends ArchiveContract {

  @TempDir private Path temp;

  private @Nullable DirectoryArchive archive;

  private Path root() {
    return temp.resolve("data/archive");
  }

  @Override
  DirectoryArchive archive() {
    DirectoryArchive same = archive == null ? twin() : archive;
    archive = same;
    return same;
  }

  @Override
  DirectoryArchive twin() {
    return new DirectoryArchive(root(), (_, _) -> {}, Patience.LIMIT);
  }

  @Test
  void aFolderWithMoreThanIsHeldIsListedWholeAndInOrder() throws Exception {
    Path folder = Files.createDirectories(root().resolve("v1/many"));
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 9_000; i++) {
      Files.createFile(folder.resolve("object-" + i));
      keys.add("v1/many/object-" + i);
    }
    Files.createFile(folder.resolve(".foreign"));
    Collections.sort(keys);
    List<String> foreign = new ArrayList<>();

    assertThat(archive().list("v1/many/", 10_000, foreign::add))
        .extracting(Listed::key)
        .isEqualTo(keys);

    assertThat(foreign).containsExactly("v1/many/.foreign");
    List<String> walked = new ArrayList<>();
    Listing listing = new Listing(archive(), "v1/many/", _ -> {});
    for (Optional<Listed> next = listing.next(); next.isPresent(); next = listing.next()) {
      walked.add(next.get().key());
    }
    assertThat(walked).isEqualTo(keys);
  }

  @Test
  void nobodySeesAPartOfAnObject() throws Exception {
    byte[] large = new byte[100_000];
    List<Boolean> whole =
        race(i -> {
          for (int n = 0; n < 5; n++) {
            archive().put("c/" + i % 4, large);
            for (Archive.Listed listed : twin().list("", 1000)) {
              if (listed.size() != large.length
                  || twin().get(listed.key(), 200_000).orElseThrow().bytes().length
                      != large.length) {
                return false;
              }
            }
          }
          return true;
        });

    assertThat(whole).containsOnly(true);
  }

  @Test
  void readingAndConstructingCreateNothing() throws Exception {
    DirectoryArchive archive = archive();

    archive.get("a/b", 10);
    archive.list("", 10);
    archive.folders("");

    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void whatAnEarlierProcessLeftHalfWrittenIsHiddenAndRemovedAfterADay() throws Exception {
    archive().put("a", bytes("x"));
    Path old = Files.writeString(root().resolve(".tmp/1.tmp"), "half");
    Path young = Files.writeString(root().resolve(".tmp/2.tmp"), "half");
    Path foreign = Files.writeString(root().resolve("b.tmp"), "half");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    Files.setLastModifiedTime(young, FileTime.from(Instant.now().minus(Duration.ofHours(23))));

    twin().put("a", bytes("y"));

    assertThat(old).doesNotExist();
    assertThat(young).exists();
    assertThat(foreign).exists();
    assertThat(archive().list("", 10)).extracting(Archive.Listed::key).containsExactly("a");
  }

  @Test
  void keyOfTheFleetIsItsOwnersOnlyWhateverTheUmask() throws Exception {
    archive().putIfAbsent("fleet/key.json", bytes("secret"));
    archive().put("fleet/key.json", bytes("other secret"));
    archive().put("v1/README.md", bytes("x"));

    assertThat(modes("fleet/key.json")).isEqualTo("rw-------");
    assertThat(modes("fleet")).isEqualTo("rwx------");
    assertThat(archive().guard("fleet/key.json")).isEmpty();
  }

  @Test
  void keyThatEveryUserCouldReadIsClosedAndThatIsSaid() throws Exception {
    archive().put("fleet/key.json", bytes("secret"));
    setModes("fleet/key.json", "rw-r--r--");
    setModes("fleet", "rwxr-xr-x");

    Archive.Exposure exposure = archive().guard("fleet/key.json").orElseThrow();

    assertThat(exposure.mended()).isTrue();
    assertThat(exposure.text()).contains("could be read by every user of this machine");
    assertThat(modes("fleet/key.json")).isEqualTo("rw-------");
    assertThat(modes("fleet")).isEqualTo("rwx------");
    assertThat(archive().guard("fleet/key.json")).isEmpty();
  }

  @Test
  void keyThatIsSharedWithAGroupStaysShared() throws Exception {
    archive().put("fleet/key.json", bytes("secret"));
    setModes("fleet/key.json", "rw-r-----");
    setModes("fleet", "rwxr-x---");

    assertThat(archive().guard("fleet/key.json")).isEmpty();

    assertThat(modes("fleet/key.json")).isEqualTo("rw-r-----");
  }

  private String modes(String key) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root().resolve(key)));
  }

  private void setModes(String key, String modes) throws Exception {
    Files.setPosixFilePermissions(root().resolve(key), PosixFilePermissions.fromString(modes));
  }

  @Test
  void nothingIsLeftBehindByWrites() throws Exception {
    archive().put("a/b", bytes("x"));
    archive().putIfAbsent("a/b", bytes("y"));
    archive().putIfMatch("a/b", bytes("y"), "wrong");

    assertThat(files()).containsExactlyInAnyOrder(".lock", "a/b");
  }

  @Test
  void linksBelowTheArchiveAreNotFollowed() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    archive().put("a/b", bytes("x"));
    Files.createSymbolicLink(root().resolve("a/link"), outside);
    Files.createSymbolicLink(root().resolve("a/file"), outside.resolve("secret"));

    assertThatThrownBy(() -> archive().get("a/link/secret", 10))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("link");
    assertThatThrownBy(() -> archive().get("a/file", 10)).isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> archive().put("a/link/new", bytes("x")))
        .isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> archive().list("a/link/", 10)).isInstanceOf(ArchiveException.class);
    assertThat(archive().list("", 10)).extracting(Archive.Listed::key).containsExactly("a/b");
    assertThat(outside.resolve("new")).doesNotExist();
  }

  @Test
  void rootMayBeALink() throws Exception {
    Path real = Files.createDirectory(temp.resolve("real"));
    Files.createDirectories(root().getParent());
    Files.createSymbolicLink(root(), real);

    archive().put("a", bytes("x"));

    assertThat(text("a")).contains("x");
    assertThat(real.resolve("a")).exists();
  }

  @Test
  void fileWhereTheDirectoryShouldBeIsNamedWithItsMend() throws Exception {
    Files.createDirectories(root().getParent());
    Files.writeString(root(), "a file");

    for (Call call :
        List.<Call>of(
            a -> a.put("k", bytes("x")),
            a -> a.get("k", 10),
            a -> a.list("", 10),
            a -> a.folders(""))) {
      assertThatThrownBy(() -> call.on(archive()))
          .isInstanceOfSatisfying(
              ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISSING))
          .hasMessageNotContaining(root().toString())
          .hasMessageContaining("not a directory")
          .hasMessageContaining("FLEETDASH_ARCHIVE");
    }
  }

  @Test
  void objectWhereAFolderShouldBeIsRefused() throws Exception {
    archive().put("a", bytes("x"));

    assertThatThrownBy(() -> archive().put("a/b", bytes("y")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("not a directory");
    assertThat(files()).containsExactlyInAnyOrder(".lock", "a");
  }

  @Test
  void failuresOfTheFileSystemAreNamedWithTheirMend() {
    assertThat(FileFaults.explain(new IOException("No space left on device"), "write k", root()))
        .hasMessageContaining("disk is full; free some space")
        .extracting(ArchiveException::kind)
        .isEqualTo(Kind.UNREACHABLE);
    assertThat(
            FileFaults.explain(new java.nio.file.AccessDeniedException("/x/y"), "write k", root()))
        .hasMessageContaining("its directory denies access; give it to the user of this process")
        .extracting(ArchiveException::kind)
        .isEqualTo(Kind.REFUSED);
    assertThat(
            FileFaults.explain(
                new java.nio.file.FileSystemException("/x", null, "Read-only file system"),
                "write k",
                root()))
        .hasMessageContaining("read-only; remount")
        .extracting(ArchiveException::kind)
        .isEqualTo(Kind.REFUSED);
  }

  @Test
  void lockFileOfADeadProcessLocksNobodyOut() throws Exception {
    archive().put("a", bytes("x"));
    assertThat(root().resolve(".lock")).exists();

    assertThat(archive().putIfAbsent("b", bytes("x"))).isTrue();
  }

  @Test
  void lockOfAnotherProcessIsWaitedForNotForEver() throws Exception {
    archive().put("a", bytes("x"));
    Process holder = java("hold");
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");

      assertThatThrownBy(() -> DirectoryLock.take(root(), Duration.ofMillis(50)))
          .isInstanceOf(ArchiveException.class)
          .hasMessageContaining("another process");
    } finally {
      holder.destroyForcibly();
    }
    Patience.exitCode(holder);

    assertThat(archive().put("a", bytes("y"))).isNotEmpty();
  }

  @Test
  void noUpdateIsLostBetweenProcesses() throws Exception {
    archive().put("sum", bytes("0"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      processes.add(java("count"));
    }

    Counting.count(archive());
    for (Process process : processes) {
      assertThat(Patience.exitCode(process))
          .as("%s", process.errorReader().lines().toList())
          .isZero();
    }

    assertThat(text("sum")).contains(Integer.toString(3 * Counting.TIMES));
  }

  private Process java(String what) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Counting.class.getName(),
            what,
            root().toString())
        .start();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.walk(root())) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> root().relativize(f).toString().replace('\\', '/'))
          .toList();
    }
  }

  /** What another process does. */
  static final class Counting {
    static final int TIMES = 30;

    private Counting() {}

    public static void main(String[] args) throws Exception {
      Path root = Path.of(args[1]);
      if (args[0].equals("hold")) {
        try (FileChannel channel =
            FileChannel.open(root.resolve(".lock"), StandardOpenOption.WRITE)) {
          channel.lock();
          System.out.println("held");
          System.in.read();
        }
        return;
      }
      count(new DirectoryArchive(root, (_, _) -> {}, Patience.LIMIT));
    }

    static void count(Archive archive) throws IOException {
      for (int counted = 0; counted < TIMES; ) {
        Archive.Content now = archive.get("sum", 100).orElseThrow();
        int sum =
            Integer.parseInt(new String(now.bytes(), java.nio.charset.StandardCharsets.UTF_8)) + 1;
        counted += archive.putIfMatch("sum", bytes(Integer.toString(sum)), now.etag()) ? 1 : 0;
      }
    }
  }
}
