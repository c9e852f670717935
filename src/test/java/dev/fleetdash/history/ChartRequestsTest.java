package dev.fleetdash.history;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.testing.Rows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a chart asks of the archive, and what it makes of objects that are not what they should be.
 */
class ChartRequestsTest {
  private static final long BEGIN = Rows.ts("2026-01-20T00:00:00Z");
  private static final long TODAY = Rows.ts("2026-03-15T00:00:00Z");
  private static final long NOW = TODAY + 10L * World.HOUR + 1200;

  @TempDir private Path directory;
  private World world;

  @BeforeEach
  void fill() throws IOException {
    world = new World(directory, "2026-03-15T10:20:00Z", 10);
    world.up(BEGIN, NOW, 7200, new SplittableRandom(1));
    world.flush(world.rows, Long.MAX_VALUE, 10);
    world.compact(BEGIN, TODAY + 10L * World.HOUR, TODAY);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private List<String> objects() {
    return world.archive.gets().stream().filter(key -> !key.startsWith("v1/hosts/")).toList();
  }

  private static String key(Tier tier, long ts) {
    return TierKey.of(tier, HOST, ts).text();
  }

  @Test
  void whatIsLongOverIsOneObjectOfTheCoarsestTierThatFits() throws Exception {
    Range days = world.ask(BEGIN, TODAY - 3L * World.DAY, 60);

    assertThat(days.step()).isEqualTo(World.DAY);
    assertThat(days.tier()).isEqualTo("1d");
    assertThat(objects()).containsExactly(key(Tier.DAYS, BEGIN));

    Range hours = world.ask(TODAY - 50L * World.DAY, TODAY - 30L * World.DAY, 480);

    assertThat(hours.tier()).isEqualTo("1h");
    assertThat(objects())
        .containsExactlyInAnyOrder(
            key(Tier.HOURS, TODAY - 50L * World.DAY), key(Tier.HOURS, TODAY - 30L * World.DAY));
    world.assertRight(hours);
  }

  @Test
  void aChartThatEndsNowTakesNoListWhereTheHostCanBeAsked() throws Exception {
    world.askedFrom(TODAY + 8L * World.HOUR);

    Range range = world.ask(BEGIN, NOW, 60);

    world.assertRight(range);
    assertThat(world.archive.lists()).isEmpty();
    assertThat(objects()).containsExactlyInAnyOrder(key(Tier.DAYS, NOW), key(Tier.MINUTES, NOW));
  }

  @Test
  void elseItTakesOneListForTheHourThatIsStillRaw() throws Exception {
    Range range = world.ask(BEGIN, NOW, 60);

    world.assertRight(range);
    assertThat(world.archive.lists()).containsExactly(RawKey.folder(HOST, NOW));
  }

  @Test
  void whatTheHostHoldsTakesNothing() throws Exception {
    world.askedFrom(TODAY + 8L * World.HOUR);

    world.assertRight(world.ask(NOW - 3600, NOW, 360));

    assertThat(world.archive.gets()).isEmpty();
    assertThat(world.archive.lists()).isEmpty();
  }

  @Test
  void aCompactedHourInSecondsIsOneObject() throws Exception {
    long hour = TODAY - 5L * World.DAY + 4L * World.HOUR;

    world.assertRight(world.ask(hour, hour + World.HOUR, 360));

    assertThat(objects()).containsExactly(key(Tier.SECONDS, hour));
    assertThat(world.archive.lists()).isEmpty();
  }

  @Test
  void aChartDrawnAgainAsksOnlyForWhatIsNotFinished() throws Exception {
    world.ask(BEGIN, NOW, 60);
    Range again = world.ask(BEGIN, NOW, 60);

    world.assertRight(again);
    assertThat(objects()).noneMatch(key -> key.contains("/1d/") || key.contains("/1m/"));
  }

  @Test
  void beforeTheHostWasThereNothingIsListed() throws Exception {
    Range range = world.ask(BEGIN - 3L * World.DAY, BEGIN - World.DAY, 500);

    assertThat(range.series()).allMatch(series -> Double.isNaN(series.avg()[0]));
    assertThat(world.archive.lists()).isEmpty();
    assertThat(objects()).allMatch(key -> key.contains("/1m/"));
  }

  @Test
  void completenessIsToldFromRollupsAndRecords() throws Exception {
    Range range = world.ask(TODAY - 9L * World.DAY, TODAY - 4L * World.DAY, 5, Metric.PROCESSES);

    // Twelve rows in the 22 hours that a day's record tells of, of a host that samples every 10 s.
    assertThat(range.completeness().get(HOST)).hasValue(12.0 / 7921);
  }

  @Test
  void whatIsNotARollupIsNamedAndReadFromSeconds() throws Exception {
    long day = TODAY - 6L * World.DAY;
    for (byte[] bad :
        List.of(
            bomb(),
            Gzip.compress("{\"schema\":\"v9\"}\n".getBytes(StandardCharsets.UTF_8)),
            Gzip.compress("<html>".getBytes(StandardCharsets.UTF_8)),
            "not gzip".getBytes(StandardCharsets.UTF_8),
            new byte[17 << 20])) {
      world.objects.put(key(Tier.MINUTES, day), bad);

      Range range = world.ask(day, day + World.DAY, 500);

      world.assertRight(range);
      assertThat(range.problems())
          .singleElement()
          .satisfies(problem -> assertThat(problem.key()).isEqualTo(key(Tier.MINUTES, day)));
    }
  }

  @Test
  void whatIsNotASegmentIsNamedAndTheRestOfTheHourRead() throws Exception {
    String folder = RawKey.folder(HOST, NOW);
    world.objects.put(folder + "100000-1-1.ndjson.gz", bomb());
    world.objects.put(folder + "100000-1-2.ndjson.gz", new byte[0]);
    world.objects.put(folder + "../../evil", new byte[0]);
    world.objects.put(folder + "host=a/b.ndjson.gz", new byte[0]);

    Range range = world.ask(NOW - World.DAY, NOW, 500);

    world.assertRight(range);
    assertThat(range.problems()).hasSize(4).allMatch(problem -> problem.key().startsWith(folder));
  }

  /** Two gigabytes of zeros. */
  private static byte[] bomb() throws IOException {
    byte[] member = Gzip.compress(new byte[1 << 20]);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    for (int i = 0; i < 2048; i++) {
      bomb.write(member);
    }
    return bomb.toByteArray();
  }
}
