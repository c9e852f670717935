package dev.fleetdash.collect;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Space and inodes of the real file systems.
 *
 * <p>Local ones are read in passing. Each remote one has a thread of its own to wait for its server, and
 * is missing, by name, while that does not answer. Inodes are counted once a minute.
 */
final class FileSystemCollector implements Collector {
  private static final Duration REMOTE_PAUSE = Duration.ofSeconds(5);
  private static final Duration REMOTE_AGE = Duration.ofSeconds(25);
  private static final Duration INODES_PAUSE = Duration.ofSeconds(60);
  private static final Duration INODES_AGE = Duration.ofSeconds(150);
  private static final Duration PATIENCE = Duration.ofSeconds(9);

  private final MountSource mounts;
  private final SpaceSource space;
  private final LongSupplier nanos;
  private final Background<Map<String, Inodes>> localInodes;
  private final Map<String, Remote> remotes = new HashMap<>();

  /** Which file systems there are. */
  @FunctionalInterface
  interface MountSource {
    List<Mount> real() throws IOException;
  }

  /** What the system says of a path; waits for it. */
  interface SpaceSource {
    Space space(String path);

    Map<String, Inodes> inodes(List<String> paths) throws IOException;
  }

  FileSystemCollector(MountSource mounts, SpaceSource space, LongSupplier nanos) {
    this.mounts = mounts;
    this.space = space;
    this.nanos = nanos;
    this.localInodes = new Background<>("collector-inodes", nanos);
  }

  @Override
  public String name() {
    return "filesystems";
  }

  @Override
  public boolean due(Due due) {
    return due.has(Family.FILESYSTEMS);
  }

  @Override
  public Reading collect(Due due) throws IOException {
    List<Mount> present = mounts.real();
    List<String> local =
        present.stream().filter(m -> !m.remote()).map(Mount::path).toList();
    localInodes.ask(() -> space.inodes(local), INODES_PAUSE);
    remotes.keySet().retainAll(present.stream().map(Mount::path).toList());
    Map<String, Inodes> inodes = localInodes.latest(INODES_AGE).orElse(Map.of());
    Summary summary = new Summary();
    for (Mount mount : present) {
      if (mount.remote()) {
        remote(mount, summary);
      } else {
        summary.add(
            mount, space.space(mount.path()), Optional.ofNullable(inodes.get(mount.path())));
      }
    }
    return summary.reading();
  }

  private void remote(Mount mount, Summary summary) {
    Remote remote =
        remotes.computeIfAbsent(
            mount.path(),
            path -> new Remote(background("collector-fs-", path), background("collector-in-", path)));
    remote.space.ask(() -> space.space(mount.path()), REMOTE_PAUSE);
    if (remote.space.overdue(PATIENCE)) {
      summary.silent(mount);
      return;
    }
    remote.inodes.ask(() -> space.inodes(List.of(mount.path())), INODES_PAUSE);
    Optional<Inodes> inodes =
        remote.inodes.latest(INODES_AGE).map(all -> all.get(mount.path()));
    remote.space.latest(REMOTE_AGE).ifPresent(s -> summary.add(mount, s, inodes));
  }

  private <T> Background<T> background(String prefix, String path) {
    return new Background<>(prefix + path, nanos);
  }

  private record Remote(Background<Space> space, Background<Map<String, Inodes>> inodes) {}

  private static final class Summary {
    private final List<Item> items = new ArrayList<>();
    private final List<String> silent = new ArrayList<>();
    private double fullest = Double.NaN;
    private double fullestInodes = Double.NaN;

    void add(Mount mount, Space space, Optional<Inodes> inodes) {
      if (space.total() <= 0) {
        return;
      }
      fullest = larger(fullest, space.usedRatio());
      Item.Builder item =
          Item.of(Family.FILESYSTEMS, mount.path(), mount.type())
              .set(Metric.FILESYSTEM_TOTAL_BYTES, space.total())
              .set(Metric.FILESYSTEM_USED_BYTES, space.used())
              .set(Metric.FILESYSTEM_AVAILABLE_BYTES, space.available());
      if (inodes.isPresent()) {
        fullestInodes = larger(fullestInodes, inodes.get().usedRatio());
        item.set(Metric.FILESYSTEM_INODES, inodes.get().total())
            .set(Metric.FILESYSTEM_INODES_USED, inodes.get().used());
      }
      items.add(item.build());
    }

    void silent(Mount mount) {
      silent.add(mount.path() + " (" + mount.type() + ")");
    }

    Reading reading() {
      Reading reading =
          new Reading()
              .add(Family.FILESYSTEMS, items)
              .set(Metric.FILESYSTEM_USED_RATIO_MAX, fullest)
              .set(Metric.FILESYSTEM_INODES_USED_RATIO_MAX, fullestInodes);
      if (!silent.isEmpty()) {
        reading.problem("no answer from " + String.join(", ", silent));
      }
      return reading;
    }

    private static double larger(double a, double b) {
      return Double.isNaN(a) || b > a ? b : a;
    }
  }
}
