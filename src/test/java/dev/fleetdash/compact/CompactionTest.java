package dev.fleetdash.compact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.Audited;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class CompactionTest {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;
  private static final List<String> EDGES =
      List.of(
          "2026-11-23T11:00:00Z",
          "2026-11-24T00:00:00Z",
          "2026-12-01T00:00:00Z",
          "2027-03-01T00:00:00Z",
          "2027-01-01T00:00:00Z",
          "2028-02-29T00:00:00Z",
          "2028-03-01T00:00:00Z");

  private final FakeClock clock = new FakeClock("2029-01-01T00:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock);
  private final MemoryArchive archive = new MemoryArchive();
  private final Compaction compaction = new Compaction(archive, clock, telemetry);

  /** Its number is its seed. */
  @RepeatedTest(40)
  void anyFlushesInAnyOrderGiveTheSameTiers(RepetitionInfo repetition) throws IOException {
    Random random = new Random(repetition.getCurrentRepetition());
    long edge = Rows.ts(EDGES.get(random.nextInt(EDGES.size())));
    List<Row> rows = new ArrayList<>();
    Set<List<Long>> taken = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      long ts =
          edge
              - random.nextInt(random.nextBoolean() ? 100 : 2 * HOUR)
              + random.nextInt(random.nextBoolean() ? 100 : 2 * HOUR);
      long run = random.nextLong(1, 4);
      if (taken.add(List.of(ts, run))) {
        rows.add(Rows.random(ts, run, random));
      }
    }
    List<List<Row>> flushes = flushes(Tiers.counting(rows), rows, random);
    Collections.shuffle(flushes, random);

    for (int i = 0; i < flushes.size(); i++) {
      Tiers.flush(archive, flushes.get(i), i);
      if (random.nextInt(10) == 0) {
        compactAll(flushes.subList(0, i + 1), random);
      }
    }
    compactAll(flushes, random);

    Tiers.assertHold(archive, Rows.HOST, rows);
    Tiers.assertSameOverAll(archive, Rows.HOST, rows);
    Audited.assertFine(archive, clock);
  }

  /** Cuts rows of each run and hour into flushes, and repeats some of them. */
  private static List<List<Row>> flushes(List<Row> counting, List<Row> rows, Random random) {
    List<List<Row>> flushes = new ArrayList<>();
    List<Row> sorted = new ArrayList<>(rows);
    sorted.addAll(counting.subList(0, counting.size() / 4));
    sorted.sort(java.util.Comparator.comparingLong(Row::run).thenComparingLong(Row::ts));
    List<Row> open = new ArrayList<>();
    for (Row row : sorted) {
      boolean fits =
          !open.isEmpty()
              && open.getLast().run() == row.run()
              && open.getLast().ts() < row.ts()
              && open.getLast().ts() / HOUR == row.ts() / HOUR
              && random.nextInt(6) > 0;
      if (!fits) {
        open = new ArrayList<>();
        flushes.add(open);
      }
      open.add(row);
    }
    return flushes;
  }

  private void compactAll(List<List<Row>> flushes, Random random) throws IOException {
    Set<Long> hours = new TreeSet<>();
    flushes.forEach(flush -> hours.add(flush.getFirst().ts() / HOUR * HOUR));
    List<Long> shuffled = new ArrayList<>(hours);
    Collections.shuffle(shuffled, random);
    for (long hour : shuffled) {
      compaction.hours(Rows.HOST, List.of(hour));
    }
    for (long hour : shuffled) {
      compaction.day(Rows.HOST, hour / DAY * DAY);
    }
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    Tiers.flush(archive, List.of(Rows.at(hour, 1, 0.5), Rows.at(hour + 1, 1, 0.7)), 0);

    for (int i = 0; i < 3; i++) {
      compactHour(hour);
    }

    for (Tier tier : Tier.values()) {
      assertThat(archive.puts(TierKey.of(tier, Rows.HOST, hour).text())).isEqualTo(1);
    }
  }

  @Test
  void lateRowsAreMergedAfterRawHasExpired() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    List<Row> rows = new ArrayList<>(List.of(Rows.at(hour, 1, 0.5), Rows.at(hour + 1, 1, 0.7)));
    Tiers.flush(archive, rows, 0);
    compactHour(hour);
    archive.expire("v1/raw/");

    List<Row> late = List.of(Rows.at(hour + 1, 2, 0.1), Rows.at(hour + 2, 2, 0.2));
    Tiers.flush(archive, late, 1);
    compactHour(hour);

    rows.addAll(late);
    Tiers.assertHold(archive, Rows.HOST, rows);
    Audited.assertFine(archive, clock);
  }

  @Test
  void rollupsOutliveWhatTheyAreMadeFrom() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    List<Row> rows = new ArrayList<>(List.of(Rows.at(hour, 1, 0.5)));
    Tiers.flush(archive, rows, 0);
    compactHour(hour);
    archive.expire("v1/raw/");
    archive.expire("v1/1s/");
    archive.expire("v1/1m/");

    Row late = Rows.at(hour + HOUR, 1, 0.2);
    Tiers.flush(archive, List.of(late), 1);
    compactHour(hour + HOUR);

    Audited.assertFine(archive, clock);
    assertThat(Tiers.keys(archive, Tier.HOURS, Rows.HOST)).hasSize(1);
    List<Long> hours = new ArrayList<>();
    TierKey month = TierKey.of(Tier.HOURS, Rows.HOST, hour);
    new dev.fleetdash.archive.RollupReader(Set.of())
        .read(month, bytes(month), (ts, _, _) -> hours.add(ts));
    assertThat(hours).containsExactly(hour, hour + HOUR);
  }

  @Test
  void objectCutByAForeignHandIsMadeAgain() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    List<Row> rows = List.of(Rows.at(hour, 1, 0.5), Rows.at(hour + 60, 1, 0.7));
    for (Tier tier : Tier.values()) {
      Tiers.flush(archive, rows, 0);
      compactHour(hour);
      TierKey key = TierKey.of(tier, Rows.HOST, hour);
      byte[] whole = bytes(key);
      archive.put(key.text(), Arrays.copyOf(whole, whole.length / 2));

      compactHour(hour);

      Tiers.assertHold(archive, Rows.HOST, rows);
      Audited.assertFine(archive, clock);
    }
    assertThat(compaction.unreadable()).isPositive();
  }

  @Test
  void objectCutByAForeignHandIsLeftWhereNothingCanMendIt() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    TierKey key = TierKey.of(Tier.SECONDS, Rows.HOST, hour);
    archive.put(key.text(), new byte[] {1, 2, 3});

    compactHour(hour);

    assertThat(bytes(key)).containsExactly(1, 2, 3);
    assertThat(compaction.unreadable()).isPositive();
  }

  @Test
  void badRawObjectsAreLeftOut() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    List<Row> rows = List.of(Rows.at(hour, 1, 0.5));
    Tiers.flush(archive, rows, 0);
    String folder = "v1/raw/dt=2026-11-23/hour=10/host=web-1/";
    archive.put(folder + "100000-1-1.ndjson.gz", new byte[] {1, 2, 3});
    archive.put(folder + "notes.txt", new byte[] {1, 2, 3});
    archive.put(
        folder + "100000-1-2.ndjson.gz", dev.fleetdash.archive.Gzip.compress(new byte[80 << 20]));

    compactHour(hour);

    Tiers.assertHold(archive, Rows.HOST, rows);
    assertThat(compaction.unreadable()).isEqualTo(2);
  }

  @Test
  void hourOfManyLargeObjectsIsMergedInBatches() throws IOException {
    long hour = Rows.ts("2026-11-23T10:00:00Z");
    Random random = new Random(7);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Row row = Rows.random(hour + i, 1, random);
      rows.add(row);
      // Padding that does not compress, in a field that nobody knows.
      String json = new String(row.json(), java.nio.charset.StandardCharsets.UTF_8);
      byte[] noise = new byte[450_000];
      random.nextBytes(noise);
      StringBuilder lines = new StringBuilder(json).append('\n');
      for (int k = 0; k < 3; k++) {
        random.nextBytes(noise);
        lines
            .append("{\"ts\":1,\"host\":\"web-1\",\"run\":1,\"x\":\"")
            .append(java.util.HexFormat.of().formatHex(noise))
            .append("\"}\n");
      }
      archive.put(
          new dev.fleetdash.archive.RawKey(Rows.HOST, hour + i, 1, i).text(),
          dev.fleetdash.archive.Gzip.compress(
              lines.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    compactHour(hour);

    Tiers.assertHold(archive, Rows.HOST, rows);
    assertThat(archive.puts(TierKey.of(Tier.SECONDS, Rows.HOST, hour).text())).isGreaterThan(1);
  }

  private void compactHour(long hour) throws IOException {
    compaction.hours(Rows.HOST, List.of(hour));
    compaction.day(Rows.HOST, hour / DAY * DAY);
  }

  private byte[] bytes(TierKey key) {
    return archive.get(key.text(), 1 << 20).orElseThrow().bytes();
  }
}
