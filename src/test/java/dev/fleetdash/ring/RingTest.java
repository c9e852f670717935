package dev.fleetdash.ring;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingTest {
  private static final long MINUTE = Rows.ts("2026-11-23T10:00:00Z");
  private static final long MUCH = 16 << 20;

  private final Ring ring = new Ring(MUCH);

  @Test
  void hasNothingAtFirst() {
    assertThat(ring.newest()).isEmpty();
    assertThat(ring.start()).isEmpty();
    assertThat(ring.items(Family.DISKS)).isEmpty();
    assertThat(ring.value(Metric.CPU_UTILIZATION)).isEmpty();
    assertThat(read(Metric.CPU_UTILIZATION, 0, Long.MAX_VALUE / 2, 1)).isEmpty();
  }

  @Test
  void afterTheClockWasPutBackTheRowsSinceThenAreTheNewest() {
    for (int i = 0; i < 5; i++) {
      ring.append(Rows.at(MINUTE + i, 1, 0.5));
    }
    for (int i = 0; i < 3; i++) {
      ring.append(Rows.at(MINUTE - 3_600 + i, 1, 0.5));
    }

    assertThat(ring.after(MINUTE + 4)).isEmpty();
    assertThat(ring.after(MINUTE - 3_600))
        .extracting(Row::ts)
        .containsExactly(MINUTE - 3_599, MINUTE - 3_598);
    assertThat(ring.newest().orElseThrow().ts()).isEqualTo(MINUTE - 3_598);
  }

  @Test
  void afterABootIn1970NothingIsPromisedOfTheTimeBeforeTheClockWasSet() {
    for (int i = 0; i < 12; i++) {
      ring.append(Rows.at(300 + i, 1, 0.5));
    }
    for (int i = 0; i < 200; i++) {
      ring.append(Rows.at(MINUTE + 30 + i, 1, 0.5));
    }

    assertThat(ring.start()).hasValue(MINUTE + 30);
    assertThat(read(Metric.CPU_UTILIZATION, 0, 1000, 1)).hasSize(12);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void givesBackWhatWasAppendedToTheLastDigit(long seed) {
    Random random = new Random(seed);
    Map<String, Map<Long, Long>> expected = new TreeMap<>();
    for (long ts = MINUTE + 17; ts < MINUTE + 600; ts += 1 + random.nextInt(3)) {
      Row row = Rows.random(ts, 1, random);
      ring.append(row);
      note(expected, row);
    }

    for (Metric metric : Metric.values()) {
      if (metric.family().map(Family::charted).orElse(true)) {
        Map<String, Map<Long, Long>> found = new TreeMap<>();
        ring.read(
            List.of(metric),
            MINUTE,
            MINUTE + 600,
            1,
            (of, key) ->
                (ts, min, max, sum, count) -> {
                  assertThat(count).isOne();
                  assertThat(List.of(min, max)).containsOnly(sum);
                  assertThat(found.computeIfAbsent(of + key, _ -> new TreeMap<>()).put(ts, sum))
                      .isNull();
                });
        Map<String, Map<Long, Long>> wanted = new TreeMap<>(expected);
        wanted.keySet().removeIf(name -> !name.matches(metric + "(a|b \".*|)"));
        assertThat(found).as(metric.fullName()).isEqualTo(wanted);
      }
    }
  }

  private static void note(Map<String, Map<Long, Long>> into, Row row) {
    for (Metric metric : Metric.values()) {
      if (metric.scalar()) {
        note(into, metric + "", row.ts(), row.scaled(metric));
      } else {
        for (Item item : row.items(metric.family().orElseThrow())) {
          note(into, metric + item.key(), row.ts(), item.scaled(metric));
        }
      }
    }
  }

  private static void note(Map<String, Map<Long, Long>> into, String series, long ts, long scaled) {
    if (scaled != Row.ABSENT) {
      into.computeIfAbsent(series, _ -> new TreeMap<>()).put(ts, scaled);
    }
  }

  @Test
  void summariesOfMinutesEqualTheValuesTheyStandFor() {
    Random random = new Random(7);
    for (long ts = MINUTE - 90; ts < MINUTE + 3600; ts++) {
      ring.append(Rows.random(ts, 1, random));
    }

    for (Metric metric : Metric.scalars()) {
      long[] whole = totals(metric, MINUTE - 60, MINUTE + 3590, 120);
      long[] single = totals(metric, MINUTE - 60, MINUTE + 3590, 1);
      assertThat(whole).as(metric.fullName()).containsExactly(single);
    }
  }

  private long[] totals(Metric metric, long from, long to, int step) {
    long[] totals = {Long.MAX_VALUE, Long.MIN_VALUE, 0, 0};
    ring.read(
        List.of(metric),
        from,
        to,
        step,
        (_, _) ->
            (_, min, max, sum, count) -> {
              totals[0] = Math.min(totals[0], min);
              totals[1] = Math.max(totals[1], max);
              totals[2] += sum;
              totals[3] += count;
            });
    return totals;
  }

  @Test
  void readsOnlyTheSecondsAskedFor() {
    for (long ts = MINUTE; ts < MINUTE + 180; ts++) {
      ring.append(Rows.at(ts, 1, 0.5));
    }

    Map<Long, Long> found = read(Metric.CPU_UTILIZATION, MINUTE + 59, MINUTE + 122, 1);

    assertThat(found.keySet()).hasSize(63).allMatch(ts -> ts >= MINUTE + 59 && ts < MINUTE + 122);
    assertThat(ring.count(MINUTE + 59, MINUTE + 122)).isEqualTo(63);
  }

  @Test
  void absentIsNotZero() {
    ring.append(Row.at(MINUTE, HOST, 1).set(Metric.LOAD1, 0).build());
    ring.append(Row.at(MINUTE + 1, HOST, 1).build());

    assertThat(read(Metric.LOAD1, MINUTE, MINUTE + 2, 1)).containsExactly(Map.entry(MINUTE, 0L));
  }

  @Test
  void theOldestMinutesGoWhenTheBytesAreUsedUp() {
    Ring small = new Ring(100_000);
    Random random = new Random(1);
    for (long ts = MINUTE; ts < MINUTE + 7200; ts++) {
      small.append(Rows.random(ts, 1, random));
    }

    long start = small.start().orElseThrow();

    assertThat(small.bytes()).isBetween(50_000L, 100_000L);
    assertThat(start).isGreaterThan(MINUTE).isEqualTo(start / 60 * 60);
    assertThat(small.count(0, MINUTE + 7200)).isEqualTo(MINUTE + 7200 - start);
  }

  @Test
  void manyLabelledSeriesShortenTheirOwnTimeAndNotThatOfTheScalars() {
    Ring small = new Ring(300_000);
    for (long ts = MINUTE; ts < MINUTE + 3600; ts += 10) {
      List<Item> disks = new ArrayList<>();
      for (int disk = 0; disk < 100; disk++) {
        disks.add(
            Item.of(Family.DISKS, "disk" + disk)
                .set(Metric.DISK_DEVICE_BUSY_RATIO, Math.sin((double) ts + disk))
                .build());
      }
      small.append(Row.at(ts, HOST, 1).set(Metric.LOAD1, ts % 7).add(Family.DISKS, disks).build());
    }
    List<Long> seconds = new ArrayList<>();

    small.read(
        List.of(Metric.DISK_DEVICE_BUSY_RATIO),
        0,
        MINUTE + 3600,
        1,
        (_, key) -> (ts, _, _, _, _) -> seconds.add(key.equals("disk7") ? ts : MINUTE + 3599));

    assertThat(small.start()).hasValue(MINUTE);
    assertThat(seconds).isNotEmpty().allMatch(ts -> ts > MINUTE + 600);
  }

  @Test
  void afterAStepBackTheLaterRowOfASecondCounts() {
    for (long ts = MINUTE; ts < MINUTE + 300; ts++) {
      ring.append(Rows.at(ts, 1, 0.1));
    }
    for (long ts = MINUTE + 210; ts < MINUTE + 250; ts++) {
      ring.append(Rows.at(ts, 1, 0.9));
    }

    Map<Long, Long> found = read(Metric.CPU_UTILIZATION, MINUTE, MINUTE + 300, 1);
    long[] summed = totals(Metric.CPU_UTILIZATION, MINUTE, MINUTE + 300, 60);

    assertThat(found).hasSize(300);
    assertThat(found.entrySet())
        .allMatch(e ->
            e.getValue()
                == (e.getKey() >= MINUTE + 210 && e.getKey() < MINUTE + 250 ? 9000 : 1000));
    assertThat(summed[3]).isEqualTo(300);
    assertThat(summed[2]).isEqualTo(260 * 1000 + 40 * 9000);
    assertThat(ring.newest().orElseThrow().ts()).isEqualTo(MINUTE + 249);
    assertThat(ring.count(MINUTE, MINUTE + 300)).isEqualTo(300);
  }

  @Test
  void afterAStepForthAndBackOnlyTheUnbrokenPartIsPromised() {
    for (long ts = MINUTE; ts < MINUTE + 100; ts++) {
      ring.append(Rows.at(ts, 1, 0.1));
    }
    for (long ts = MINUTE + 86_400; ts < MINUTE + 86_500; ts++) {
      ring.append(Rows.at(ts, 1, 0.2));
    }
    for (long ts = MINUTE + 102; ts < MINUTE + 300; ts++) {
      ring.append(Rows.at(ts, 1, 0.3));
    }

    assertThat(ring.start()).hasValue(MINUTE + 102);
    assertThat(read(Metric.CPU_UTILIZATION, MINUTE, MINUTE + 90_000, 1)).hasSize(100 + 100 + 198);
  }

  @Test
  void remembersWhatIsSampledRarelyForTwoCadences() {
    Item process = Item.of(Family.TOP_PROCESSES, "init", "1", "root").build();
    ring.append(
        Row.at(MINUTE, HOST, 1)
            .add(Family.TOP_PROCESSES, List.of(process))
            .set(Metric.PROCESSES, 90)
            .build());
    for (long ts = MINUTE + 1; ts <= MINUTE + 20; ts++) {
      ring.append(Rows.at(ts, 1, 0.1));
    }

    assertThat(ring.items(Family.TOP_PROCESSES)).containsExactly(process);
    assertThat(ring.value(Metric.PROCESSES)).hasValue(90);

    for (long ts = MINUTE + 21; ts <= MINUTE + 61; ts++) {
      ring.append(Rows.at(ts, 1, 0.1));
    }

    assertThat(ring.items(Family.TOP_PROCESSES)).isEmpty();
    assertThat(ring.value(Metric.PROCESSES)).isEmpty();
  }

  @Test
  void handsOutTheLastMinuteRowByRow() {
    for (long ts = MINUTE; ts < MINUTE + 130; ts++) {
      ring.append(Rows.at(ts, 1, 0.1));
    }

    assertThat(ring.after(MINUTE + 100))
        .extracting(Row::ts)
        .hasSize(29)
        .startsWith(MINUTE + 101)
        .endsWith(MINUTE + 129)
        .isSorted();
    assertThat(ring.after(MINUTE + 129)).isEmpty();
  }

  @Test
  void readersSeeWholeStatesWhileTheWriterGoesOn() throws InterruptedException {
    Ring small = new Ring(60_000);
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              try {
                while (!done.get()) {
                  long[] range = {Long.MAX_VALUE, 0, 0};
                  small.read(
                      List.of(Metric.UPTIME_SECONDS),
                      0,
                      Long.MAX_VALUE / 2,
                      1,
                      (_, _) ->
                          (ts, _, _, sum, _) -> {
                            assertThat(sum).isEqualTo(ts % 1_000_000 * 100);
                            range[0] = Math.min(range[0], ts);
                            range[1] = Math.max(range[1], ts);
                            range[2]++;
                          });
                  assertThat(range[2]).isEqualTo(range[2] == 0 ? 0 : range[1] - range[0] + 1);
                }
              } catch (Throwable e) {
                failure.set(e);
              }
            });

    for (long ts = MINUTE; ts < MINUTE + 40_000; ts++) {
      small.append(Rows.at(ts, 1, 0.1));
    }
    done.set(true);
    Patience.join(reader);

    assertThat(failure.get()).isNull();
  }

  private Map<Long, Long> read(Metric metric, long from, long to, int step) {
    Map<Long, Long> found = new TreeMap<>();
    ring.read(
        List.of(metric),
        from,
        to,
        step,
        (_, _) -> (ts, _, _, sum, _) -> assertThat(found.put(ts, sum)).isNull());
    return found;
  }
}
