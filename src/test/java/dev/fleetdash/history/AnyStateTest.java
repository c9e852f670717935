package dev.fleetdash.history;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever state compaction is in, and whatever is asked, a chart shows what the rows say. */
class AnyStateTest {
  private static final long NOW = Rows.ts("2026-03-02T00:00:00Z");
  private static final int CHARTS = 20;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aChartShowsWhatTheRowsSay(long seed) throws Exception {
    RandomGenerator random = new SplittableRandom(seed);
    long now = NOW + random.nextInt(World.DAY);
    long span =
        new long[] {World.DAY / 3, 4 * World.DAY, 12 * World.DAY, 500L * World.DAY}
            [(int) (seed % 4)];
    int interval = (int) Math.max(10, span / 2500 / 10 * 10);
    try (World world = new World(directory, Instant.ofEpochSecond(now).toString(), 10)) {
      long begin = now - span;
      fill(world, begin, now, interval, random);
      long hour = now - now % World.HOUR;
      long compacted = hour - random.nextLong(3) * World.HOUR;
      long closed = now - now % World.DAY - random.nextLong(2) * World.DAY;
      world.flush(world.rows, Long.MAX_VALUE, 1 + random.nextInt(400));
      world.compact(begin, compacted, Math.min(closed, compacted));
      if (random.nextInt(3) == 0) {
        world.askedFrom(now - 60 * random.nextLong(1, 300));
      }
      damageRecords(world, begin, random);

      for (int i = 0; i < CHARTS; i++) {
        long from = begin - span / 10 + random.nextLong(span);
        long to = from + 1 + random.nextLong(Math.max(1, now + 600 - from));
        assertRight(world, from, to, 1 + random.nextInt(300));
      }
    }
  }

  private static void assertRight(World world, long from, long to, int points) throws Exception {
    try {
      world.assertRight(world.ask(from, to, points));
    } catch (NoSuchHostException _) {
      assertThat(world.rows).noneMatch(row -> row.ts() >= from && row.ts() < to);
    }
  }

  private static void fill(
      World world, long begin, long now, int interval, RandomGenerator random) {
    for (long at = begin; at < now; ) {
      long end = Math.min(now, at + 1 + random.nextLong((now - begin) / 2));
      world.up(at, end, interval, random);
      // A later run begins before the end of the one before it: the clock went back.
      at = end + random.nextLong((now - begin) / 8) - (now - begin) / 20;
    }
  }

  private static void damageRecords(World world, long begin, RandomGenerator random) {
    int how = random.nextInt(4);
    if (how == 0) {
      world.objects.expire("v1/hosts/");
    }
    if (how == 1) {
      for (long day = begin; day < world.now() + World.DAY; day += World.DAY) {
        String key = HostRecords.key(HostRecords.day(day), HOST);
        if (random.nextBoolean() && world.objects.get(key, Integer.MAX_VALUE).isPresent()) {
          world.objects.put(key, new byte[] {'{'});
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsDamagedIsReadFromFinerObjectsAndNamed(long seed) throws Exception {
    RandomGenerator random = new SplittableRandom(seed);
    long now = NOW + random.nextInt(World.DAY);
    try (World world = new World(directory, Instant.ofEpochSecond(now).toString(), 10)) {
      long begin = now - 12 * World.DAY;
      world.up(begin, now, 300, random);
      long compacted = now - now % World.HOUR;
      world.flush(world.rows, Long.MAX_VALUE, 1000);
      world.compact(begin, compacted, now - now % World.DAY);
      int points = random.nextInt(2, 300);
      Range whole = world.ask(begin, now, points);
      world.assertRight(whole);

      for (Tier tier : Tier.values()) {
        for (String key : Tiers.keys(world.objects, tier, HOST)) {
          if (random.nextInt(3) == 0) {
            damage(world, key, random);
          }
        }
      }

      Range range = world.ask(begin, now, points);
      world.assertRight(range);
      assertThat(range.completeness()).isNotEmpty();
    }
  }

  private static void damage(World world, String key, RandomGenerator random) {
    byte[] object = world.objects.get(key, Integer.MAX_VALUE).orElseThrow().bytes();
    switch (random.nextInt(4)) {
      case 0 -> world.objects.expire(key);
      case 1 -> world.objects.put(key, Arrays.copyOf(object, object.length / 2));
      case 2 -> world.objects.put(key, new byte[0]);
      default -> {
        byte[] bad = object.clone();
        bad[bad.length / 2] ^= 0x10;
        world.objects.put(key, bad);
      }
    }
  }
}
