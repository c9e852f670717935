package dev.fleetdash.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.RollupReader;
import dev.fleetdash.archive.RollupRow;
import dev.fleetdash.archive.RollupVisitor;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** What the derived tiers have to hold, worked out from the rows in the simplest way. */
public final class Tiers {
  private static final int MUCH = 64 << 20;

  private Tiers() {}

  /** Puts rows of one hour as a flush; answers its key. */
  public static String flush(Archive archive, List<Row> rows, long seq) throws IOException {
    Row first = rows.getFirst();
    String key = new RawKey(first.host(), first.ts(), first.run(), seq).text();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (Row row : rows) {
      lines.write(row.json());
      lines.write('\n');
    }
    archive.put(key, Gzip.compress(lines.toByteArray()));
    return key;
  }

  /** Of rows with one second, the one that counts. */
  public static List<Row> counting(Collection<Row> rows) {
    Map<Long, Row> bySecond = new TreeMap<>();
    for (Row row : rows) {
      bySecond.merge(
          row.ts(),
          row,
          (one, other) ->
              Comparator.comparingLong(Row::run)
                          .thenComparingLong(of -> of.scaled(Metric.UPTIME_SECONDS))
                          .compare(one, other)
                      >= 0
                  ? one
                  : other);
    }
    return List.copyOf(bySecond.values());
  }

  /** Fails unless all tiers of the host hold exactly these rows, of any hours. */
  public static void assertHold(Archive archive, HostName host, Collection<Row> rows)
      throws IOException {
    List<Row> counting = counting(rows);
    for (Tier tier : Tier.values()) {
      Map<String, List<Row>> objects = new TreeMap<>();
      for (Row row : counting) {
        objects
            .computeIfAbsent(TierKey.of(tier, host, row.ts()).text(), _ -> new ArrayList<>())
            .add(row);
      }
      assertThat(keys(archive, tier, host)).isEqualTo(List.copyOf(objects.keySet()));
      for (Map.Entry<String, List<Row>> object : objects.entrySet()) {
        byte[] bytes = archive.get(object.getKey(), MUCH).orElseThrow().bytes();
        if (tier.rollup()) {
          TierKey key = TierKey.parse(object.getKey()).orElseThrow();
          assertThat(told(key, bytes)).isEqualTo(expected(tier, object.getValue()));
        } else {
          assertThat(text(bytes)).as(object.getKey()).isEqualTo(lines(object.getValue()));
        }
      }
    }
  }

  /**
   * Fails unless each rollup tier, taken together, has of each scalar the average, the least and
   * the most that the rows have.
   */
  public static void assertSameOverAll(Archive archive, HostName host, Collection<Row> rows)
      throws IOException {
    Map<String, List<Long>> values = new TreeMap<>();
    counting(rows).forEach(row -> values(row, values));
    for (Tier tier : List.of(Tier.MINUTES, Tier.HOURS, Tier.DAYS)) {
      Map<Metric, long[]> all = new EnumMap<>(Metric.class);
      for (String key : keys(archive, tier, host)) {
        byte[] bytes = archive.get(key, MUCH).orElseThrow().bytes();
        new RollupReader(Metric.scalars())
            .read(TierKey.parse(key).orElseThrow(), bytes, new Together(all));
      }
      all.forEach((metric, found) -> {
        List<Long> raw = values.getOrDefault(metric.toString(), List.of());
        double average =
            metric.unit().average(raw.stream().mapToLong(Long::longValue).sum(), raw.size());
        assertThat(metric.unit().average(found[2], found[3]))
            .as("average of %s in %s", metric, tier)
            .isEqualTo(average);
        assertThat(found[0]).isEqualTo(raw.stream().min(Long::compare).orElseThrow());
        assertThat(found[1]).isEqualTo(raw.stream().max(Long::compare).orElseThrow());
      });
      assertThat(all.keySet())
          .hasSize(
              (int)
                  Metric.scalars().stream().filter(m -> values.containsKey(m.toString())).count());
    }
  }

  /** Least, most, sum and count of each scalar. */
  private record Together(Map<Metric, long[]> all) implements RollupVisitor {
    @Override
    public void row(long ts, long run, long count) {}

    @Override
    public void value(Metric metric, long min, long max, long sum, long count) {
      long[] of =
          all.computeIfAbsent(metric, _ -> new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 0, 0});
      of[0] = Math.min(of[0], min);
      of[1] = Math.max(of[1], max);
      of[2] += sum;
      of[3] += count;
    }
  }

  /** The objects of the tier that the host has, in order. */
  public static List<String> keys(Archive archive, Tier tier, HostName host) throws IOException {
    return archive.list("v1/" + tier.text() + "/", Integer.MAX_VALUE).stream()
        .map(Archive.Listed::key)
        .filter(key -> key.contains("/host=" + host + "/"))
        .toList();
  }

  private static String text(byte[] object) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(object))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String lines(List<Row> rows) {
    StringBuilder lines = new StringBuilder();
    rows.forEach(row -> lines.append(new String(row.json(), StandardCharsets.UTF_8)).append('\n'));
    return lines.toString();
  }

  private static List<String> told(TierKey key, byte[] object) throws IOException {
    List<String> told = new ArrayList<>();
    new RollupReader(RollupRow.METRICS)
        .read(
            key,
            object,
            new RollupVisitor() {
              @Override
              public void row(long ts, long run, long count) {
                told.add(ts + " run " + run + " count " + count);
              }

              @Override
              public void value(Metric metric, long min, long max, long sum, long count) {
                told.add(metric + " " + List.of(min, max, sum, count));
              }

              @Override
              public void item(
                  Metric metric, List<String> labels, long min, long max, long sum, long count) {
                told.add(metric + " " + labels + " " + List.of(min, max, sum, count));
              }
            });
    return told.stream().sorted().toList();
  }

  private static List<String> expected(Tier tier, List<Row> rows) {
    Map<Long, List<Row>> buckets = new TreeMap<>();
    for (Row row : rows) {
      buckets
          .computeIfAbsent(row.ts() - Math.floorMod(row.ts(), tier.step()), _ -> new ArrayList<>())
          .add(row);
    }
    List<String> told = new ArrayList<>();
    buckets.forEach((ts, of) -> {
      long run = of.stream().mapToLong(Row::run).max().orElseThrow();
      told.add(ts + " run " + run + " count " + of.size());
      Map<String, List<Long>> values = new TreeMap<>();
      of.forEach(row -> values(row, values));
      values.forEach((name, all) -> told.add(name + " " + summary(all)));
    });
    return told.stream().sorted().toList();
  }

  private static void values(Row row, Map<String, List<Long>> into) {
    for (Metric metric : RollupRow.METRICS) {
      if (metric.scalar()) {
        add(into, metric.toString(), row.scaled(metric));
      }
    }
    for (Family family : Family.values()) {
      for (Item item : family.charted() ? row.items(family) : List.<Item>of()) {
        family
            .metrics()
            .forEach(metric -> add(into, metric + " " + item.labels(), item.scaled(metric)));
      }
    }
  }

  private static void add(Map<String, List<Long>> into, String name, long scaled) {
    if (scaled != Row.ABSENT) {
      into.computeIfAbsent(name, _ -> new ArrayList<>()).add(scaled);
    }
  }

  private static List<Long> summary(List<Long> values) {
    BigInteger sum =
        values.stream().map(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
    return List.of(
        values.stream().min(Long::compare).orElseThrow(),
        values.stream().max(Long::compare).orElseThrow(),
        sum.longValueExact(),
        (long) values.size());
  }
}
