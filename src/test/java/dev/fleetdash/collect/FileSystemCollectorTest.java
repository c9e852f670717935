package dev.fleetdash.collect;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FileSystemCollectorTest {
  private static final Mount LOCAL = new Mount("254:1", "/", "/", "ext4", false);
  private static final Mount SHARE = new Mount("0:50", "/", "/mnt/share", "nfs4", true);
  private static final Mount DEAD = new Mount("0:51", "/", "/mnt/dead", "nfs4", true);

  private final AtomicLong nanos = new AtomicLong();
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger inodeQuestions = new AtomicInteger();

  @AfterEach
  void releaseTheDead() {
    release.countDown();
  }

  @Test
  void countsSpaceAsDfDoes() throws IOException {
    Row row = Looks.row(collector(LOCAL));

    Item item = row.items(Family.FILESYSTEMS).getFirst();
    assertThat(item.labels()).containsExactly("/", "ext4");
    assertThat(item.value(Metric.FILESYSTEM_TOTAL_BYTES)).isEqualTo(1000);
    assertThat(item.value(Metric.FILESYSTEM_USED_BYTES)).isEqualTo(600);
    assertThat(item.value(Metric.FILESYSTEM_AVAILABLE_BYTES)).isEqualTo(200);
    assertThat(row.value(Metric.FILESYSTEM_USED_RATIO_MAX)).isEqualTo(0.75);
  }

  @Test
  void hungServerIsNamedAndHoldsUpNobody() {
    FileSystemCollector collector = collector(DEAD, LOCAL, SHARE);

    await()
        .untilAsserted(() -> {
          nanos.addAndGet(10_000_000_000L);
          Reading reading = collector.collect(new Due(0, false, false));
          Row.Builder row = Row.at(0, new HostName("h"), 1);
          reading.copyTo(row);
          assertThat(row.build().items(Family.FILESYSTEMS))
              .extracting(Item::key)
              .containsExactly("/", "/mnt/share");
          assertThat(reading.problem()).contains("no answer from /mnt/dead (nfs4)");
        });
  }

  @Test
  void serverThatAnswersAgainIsBackInTheRow() {
    FileSystemCollector collector = collector(DEAD);
    await().until(() -> step(collector).problem().isPresent());

    release.countDown();

    await()
        .untilAsserted(() -> {
          Reading reading = step(collector);
          Row.Builder row = Row.at(0, new HostName("h"), 1);
          reading.copyTo(row);
          assertThat(row.build().items(Family.FILESYSTEMS)).hasSize(1);
          assertThat(reading.problem()).isEmpty();
        });
  }

  @Test
  void inodesAreCountedOnceAMinute() throws IOException {
    FileSystemCollector collector = collector(LOCAL);
    Looks.prime(collector);
    await().until(() -> Looks.row(collector).has(Metric.FILESYSTEM_INODES_USED_RATIO_MAX));

    nanos.addAndGet(59_000_000_000L);
    Row row = Looks.row(collector);
    int inTheMinute = inodeQuestions.get();
    nanos.addAndGet(2_000_000_000L);
    Looks.row(collector);

    await().until(() -> inodeQuestions.get() == 2);
    assertThat(inTheMinute).isEqualTo(1);
    assertThat(row.value(Metric.FILESYSTEM_INODES_USED_RATIO_MAX)).isEqualTo(0.1);
    assertThat(row.items(Family.FILESYSTEMS).getFirst().value(Metric.FILESYSTEM_INODES_USED))
        .isEqualTo(10);
  }

  @Test
  void fileSystemWithoutSpaceIsLeftOut() throws IOException {
    Mount virtual = new Mount("0:9", "/", "/empty", "fuseblk", false);

    Row row = Looks.row(collector(virtual));

    assertThat(row.has(Family.FILESYSTEMS)).isTrue();
    assertThat(row.items(Family.FILESYSTEMS)).isEmpty();
    assertThat(row.has(Metric.FILESYSTEM_USED_RATIO_MAX)).isFalse();
  }

  private Reading step(FileSystemCollector collector) throws IOException {
    nanos.addAndGet(10_000_000_000L);
    return collector.collect(new Due(0, false, false));
  }

  private FileSystemCollector collector(Mount... mounts) {
    return new FileSystemCollector(() -> List.of(mounts), new FakeSpace(), nanos::get);
  }

  private final class FakeSpace implements FileSystemCollector.SpaceSource {
    @Override
    public Space space(String path) {
      if (path.equals(DEAD.path())) {
        waitForRelease();
      }
      return path.equals("/empty") ? new Space(0, 0, 0) : new Space(1000, 400, 200);
    }

    @Override
    public Map<String, Inodes> inodes(List<String> paths) {
      if (paths.contains(LOCAL.path())) {
        inodeQuestions.incrementAndGet();
      }
      return Map.of("/", new Inodes(100, 90));
    }

    private void waitForRelease() {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
