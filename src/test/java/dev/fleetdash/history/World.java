package dev.fleetdash.history;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.compact.Compacting;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.CountingArchive;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Tiers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * A host as an archive has it at some moment, its rows beside it, and a node elsewhere that draws
 * charts of it. What a chart has to show is worked out from the rows in the simplest way.
 */
final class World implements AutoCloseable {
  static final int HOUR = 3_600;
  static final int DAY = 86_400;
  static final List<Metric> METRICS =
      List.of(Metric.CPU_UTILIZATION, Metric.PROCESSES, Metric.DISK_DEVICE_BUSY_RATIO);

  final FakeClock clock;
  final MemoryArchive objects = new MemoryArchive();
  final CountingArchive archive = new CountingArchive(objects);
  final List<Row> rows = new ArrayList<>();
  private final Spool spool;
  private final ArchiveReader reader;
  private final int sampleSeconds;
  private long asked = Long.MAX_VALUE;
  private long flushes;
  private List<Row> counted = List.of();
  private List<Row> counting = List.of();

  World(Path directory, String now, int sampleSeconds) throws IOException {
    this.clock = new FakeClock(now);
    this.sampleSeconds = sampleSeconds;
    this.spool =
        Spool.open(directory, new Spool.Settings(60, 1 << 20), clock, new Telemetry(clock));
    this.reader = new ArchiveReader(archive, spool, clock, clock::nanos);
  }

  long now() {
    return clock.instant().getEpochSecond();
  }

  /** Adds a row of a run each {@code interval} seconds. */
  void up(long from, long to, int interval, RandomGenerator random) {
    long run = from * 1000;
    for (long ts = from - Math.floorMod(-from, interval) + interval; ts < to; ts += interval) {
      rows.add(row(ts, run, random));
    }
  }

  private Row row(long ts, long run, RandomGenerator random) {
    Row.Builder row =
        Row.at(ts, HOST, run)
            .set(Metric.UPTIME_SECONDS, ts - run / 1000)
            .set(Metric.PROCESSES, random.nextInt(1000));
    if (random.nextInt(10) > 0) {
      row.set(Metric.CPU_UTILIZATION, random.nextDouble());
    }
    List<Item> disks = new ArrayList<>();
    for (String disk : List.of("sda", "sdb")) {
      if (random.nextInt(3) > 0) {
        disks.add(
            Item.of(Family.DISKS, disk)
                .set(Metric.DISK_DEVICE_BUSY_RATIO, random.nextDouble())
                .build());
      }
    }
    return row.add(Family.DISKS, disks).build();
  }

  /** Puts the rows before a second into the archive, {@code most} a flush. */
  void flush(Collection<Row> of, long before, int most) throws IOException {
    Map<List<Long>, List<Row>> segments = new TreeMap<>(Comparator.comparing(List::toString));
    for (Row row : of) {
      if (row.ts() < before) {
        segments
            .computeIfAbsent(List.of(row.run(), row.ts() / HOUR), _ -> new ArrayList<>())
            .add(row);
      }
    }
    for (List<Row> segment : segments.values()) {
      for (int i = 0; i < segment.size(); i += most) {
        Tiers.flush(objects, segment.subList(i, Math.min(segment.size(), i + most)), flushes++);
      }
    }
  }

  /**
   * Compacts hours and closes days as far as that had come, and writes the records that say so.
   *
   * @param compacted a multiple of an hour
   * @param closed a multiple of a day
   */
  void compact(long from, long compacted, long closed) throws IOException {
    Compacting compacting = new Compacting(objects, clock);
    Set<Long> filled = starts(rows, HOUR);
    for (long day = from - Math.floorMod(from, DAY); day < now(); day += DAY) {
      List<Long> hours = new ArrayList<>();
      for (long hour = day; hour < Math.min(day + DAY, compacted); hour += HOUR) {
        if (filled.contains(hour)) {
          hours.add(hour);
        }
      }
      if (!hours.isEmpty()) {
        compacting.hours(HOST, hours);
      }
      record(day, compacted, day < closed);
    }
    close(compacting, from, closed);
  }

  /** A month at a time, because an object that is not there is made of all that there is. */
  private void close(Compacting compacting, long from, long closed) throws IOException {
    for (TierKey month = TierKey.of(Tier.HOURS, HOST, from);
        month.start() < closed;
        month = TierKey.of(Tier.HOURS, HOST, month.end())) {
      long last = Math.min(month.end(), closed) - DAY;
      objects.expire(TierKey.of(Tier.DAYS, HOST, last).text());
      compacting.day(HOST, last);
    }
  }

  private static Set<Long> starts(Collection<Row> of, long step) {
    return of.stream().map(row -> row.ts() - row.ts() % step).collect(Collectors.toSet());
  }

  private void record(long day, long compacted, boolean closed) throws IOException {
    Map<Long, Run> runs = new TreeMap<>();
    for (Row row : rows) {
      if (row.ts() >= day && row.ts() < day + DAY) {
        long start = Math.max(day, row.run() / 1000);
        runs.merge(
            row.run(),
            new Run(row.run(), start, row.ts() + 1, Optional.of(Run.KILLED)),
            (one, other) -> one.end() > other.end() ? one : other);
      }
    }
    if (runs.isEmpty()) {
      return;
    }
    Machine machine =
        new Machine(
            "m1",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "1",
            sampleSeconds);
    HostRecord record =
        new HostRecord(
            HOST,
            machine,
            Math.min(day + DAY, now()),
            compacted,
            closed,
            HostRecord.State.RUNNING,
            List.copyOf(runs.values()));
    HostRecords records = new HostRecords(objects);
    LocalDate of = HostRecords.day(day);
    records.replace(of, records.find(of, HOST), record);
  }

  /** From that second on the host itself can be asked. */
  void askedFrom(long second) {
    asked = second;
  }

  private Optional<Recent> peer(HostName host) {
    if (!host.equals(HOST) || asked == Long.MAX_VALUE) {
      return Optional.empty();
    }
    return Optional.of((query, into) -> {
      long from = Math.max(asked, query.from());
      List<Row> held =
          counting().stream().filter(row -> row.ts() >= from && row.ts() < query.to()).toList();
      for (Row row : held) {
        for (Metric metric : query.metrics()) {
          values(row, metric)
              .forEach((key, v) -> into.series(metric, key).add(row.ts(), v, v, v, 1));
        }
        into.rows(row.run(), row.ts(), row.ts(), 1, sampleSeconds);
      }
      return asked < query.to() ? OptionalLong.of(from) : OptionalLong.empty();
    });
  }

  private static Map<String, Long> values(Row row, Metric metric) {
    Map<String, Long> values = new TreeMap<>();
    if (metric.scalar()) {
      values.put("", row.scaled(metric));
    } else {
      for (Item item : row.items(metric.family().orElseThrow())) {
        values.put(item.key(), item.scaled(metric));
      }
    }
    values.values().removeIf(value -> value == Row.ABSENT);
    return values;
  }

  private List<Row> counting() {
    if (counted.size() != rows.size()) {
      counted = List.copyOf(rows);
      counting = Tiers.counting(rows);
    }
    return counting;
  }

  Range ask(long from, long to, int points, Metric... metrics) throws Exception {
    archive.reset();
    History history =
        new History(
            new Live(new HostName("elsewhere"), sampleSeconds, new Ring(1 << 20), spool),
            this::peer,
            reader);
    return Asked.of(
        history,
        new RangeQuery(
            List.of(HOST), metrics.length == 0 ? METRICS : List.of(metrics), from, to, points));
  }

  /** Fails unless the answer is what the rows say, to the last digit. */
  void assertRight(Range range) {
    for (Range.Series series : range.series()) {
      assertThat(text(range, series)).isEqualTo(expected(range, series.metric(), series.key()));
    }
    assertThat(range.series().stream().map(series -> series.metric() + series.key()).toList())
        .isEqualTo(keys(range));
  }

  private List<String> keys(Range range) {
    List<String> keys = new ArrayList<>();
    for (Metric metric : range.series().stream().map(Range.Series::metric).distinct().toList()) {
      if (metric.scalar()) {
        keys.add(metric.toString());
      } else {
        counting().stream()
            .filter(row -> within(row, range))
            .flatMap(row -> values(row, metric).keySet().stream())
            .distinct()
            .sorted()
            .forEach(key -> keys.add(metric + key));
      }
    }
    return keys;
  }

  private static boolean within(Row row, Range range) {
    return row.ts() >= range.start()
        && row.ts() < range.start() + (long) range.buckets() * range.step();
  }

  private static String text(Range range, Range.Series series) {
    StringBuilder text = new StringBuilder(series.metric() + " " + series.key() + "\n");
    for (int i = 0; i < range.buckets(); i++) {
      if (series.min()[i] != Row.ABSENT) {
        text.append(Instant.ofEpochSecond(range.start() + (long) i * range.step()))
            .append(' ')
            .append(List.of(series.min()[i], series.avg()[i], series.max()[i]))
            .append('\n');
      }
    }
    return text.toString();
  }

  private String expected(Range range, Metric metric, String key) {
    Map<Long, List<Long>> buckets = new TreeMap<>();
    for (Row row : counting()) {
      Long value = values(row, metric).get(key);
      if (within(row, range) && value != null) {
        buckets
            .computeIfAbsent(row.ts() - row.ts() % range.step(), _ -> new ArrayList<>())
            .add(value);
      }
    }
    StringBuilder text = new StringBuilder(metric + " " + key + "\n");
    buckets.forEach((ts, of) -> {
      long[] values = of.stream().mapToLong(Long::longValue).sorted().toArray();
      double avg = metric.unit().average(Arrays.stream(values).sum(), values.length);
      text.append(Instant.ofEpochSecond(ts))
          .append(' ')
          .append(List.of(values[0], avg, values[values.length - 1]))
          .append('\n');
    });
    return text.toString();
  }

  @Override
  public void close() {
    reader.close();
    spool.close();
  }
}
