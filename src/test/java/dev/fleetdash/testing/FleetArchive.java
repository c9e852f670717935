package dev.fleetdash.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RollupMerge;
import dev.fleetdash.archive.RollupRow;
import dev.fleetdash.archive.RowSums;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/**
 * Makes the archive of a fleet that has been up for long: every metric, four cores, disks, file
 * systems and interfaces, with numbers that move. Rows are written by those who write them in
 * production; those of one host and one object are then copied to all others with another name and
 * time, and each object is packed for itself.
 */
public final class FleetArchive {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;
  private static final HostName PATTERN = new HostName("host-00");

  /** A line begins with its time, and then its host. */
  private static final int TS_AT = 6;

  private static final int TS_DIGITS = 10;
  private static final int HOST_AT = TS_AT + TS_DIGITS + 9;

  private static final Map<Family, List<String>> ITEMS =
      Map.of(
          Family.CORES, List.of("0", "1", "2", "3"),
          Family.FILESYSTEMS, List.of("/", "/boot", "/data"),
          Family.DISKS, List.of("nvme0n1", "nvme1n1"),
          Family.INTERFACES, List.of("eth0", "docker0"),
          Family.TEMPERATURES, List.of("cpu"));

  private final Archive archive;
  private final long end;
  private final Random random = new Random(1);

  /**
   * @param end of all rows, the beginning of a UTC day
   */
  public FleetArchive(Archive archive, long end) {
    this.archive = archive;
    this.end = end;
  }

  /** The first of so many hosts. */
  public static List<HostName> hosts(int number) {
    List<HostName> hosts = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      hosts.add(new HostName("host-%02d".formatted(i)));
    }
    return hosts;
  }

  /**
   * Days of each host, for so many days.
   *
   * @param hourly those that have hours, too
   */
  public void coarse(List<HostName> hosts, List<HostName> hourly, int days) throws IOException {
    for (TierKey year = TierKey.of(Tier.DAYS, PATTERN, end - (long) days * DAY);
        year.start() < end;
        year = TierKey.of(Tier.DAYS, PATTERN, year.end())) {
      RollupMerge merge = new RollupMerge(year);
      for (TierKey month = TierKey.of(Tier.HOURS, PATTERN, year.start());
          month.start() < Math.min(end, year.end());
          month = TierKey.of(Tier.HOURS, PATTERN, month.end())) {
        if (month.end() > end - (long) days * DAY) {
          long until = Math.min(end, month.end());
          byte[] lines = rollups(month.start(), until, HOUR);
          new RowSums().add(month, Gzip.compress(lines), month.start(), until, merge);
          putFor(hourly, month, lines);
        }
      }
      byte[] object = merge.with(null).orElseThrow();
      putFor(hosts, year, unpacked(object));
    }
  }

  private static byte[] unpacked(byte[] object) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(object))) {
      return in.readAllBytes();
    }
  }

  /** Minutes of each host, for the last so many days. */
  public void minutes(List<HostName> hosts, int days) throws IOException {
    byte[] lines = rollups(end - DAY, end, 60);
    for (long day = end - (long) days * DAY; day < end; day += DAY) {
      at(lines, day, 60);
      putFor(hosts, TierKey.of(Tier.MINUTES, PATTERN, day), lines);
    }
  }

  /** Seconds of each host, for the last so many days. */
  public void seconds(List<HostName> hosts, int days) throws IOException {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    for (long ts = end - HOUR; ts < end; ts++) {
      rows.write(row(ts).json());
      rows.write('\n');
    }
    byte[] lines = rows.toByteArray();
    for (long hour = end - (long) days * DAY; hour < end; hour += HOUR) {
      at(lines, hour, 1);
      putFor(hosts, TierKey.of(Tier.SECONDS, PATTERN, hour), lines);
    }
  }

  /** Closed records of each host, for the last so many days. */
  public void records(List<HostName> hosts, int days) throws IOException {
    HostRecords records = new HostRecords(archive);
    for (HostName host : hosts) {
      for (long day = end - (long) days * DAY; day < end; day += DAY) {
        LocalDate of = HostRecords.day(day);
        Run run = new Run(run(), day, day + DAY, Optional.of(Run.CONTINUED));
        Machine machine =
            new Machine(
                "m" + host,
                Optional.of("eu-west-1a"),
                Optional.of("t4g.micro"),
                Optional.of("i-0123456789abcdef0"),
                Optional.of("10.0.0.1:8080"),
                "1.0.0",
                1);
        records.replace(
            of,
            records.find(of, host),
            new HostRecord(
                host, machine, day + DAY, day + DAY, true, HostRecord.State.RUNNING, List.of(run)));
      }
    }
  }

  private long run() {
    return (end - 400L * DAY) * 1000;
  }

  private byte[] rollups(long from, long to, int step) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (long ts = from; ts < to; ts += step) {
      RollupRow row = new RollupRow(ts, PATTERN);
      row.rows(run(), step);
      for (Metric metric : RollupRow.METRICS) {
        long count = Math.max(1, step / metric.cadenceSeconds());
        if (metric.scalar()) {
          long[] of = summary(metric, count);
          row.add(metric, of[0], of[1], of[2], count);
        } else {
          Family family = metric.family().orElseThrow();
          for (String item : ITEMS.getOrDefault(family, List.of())) {
            long[] of = summary(metric, count);
            row.add(metric, labels(family, item), of[0], of[1], of[2], count);
          }
        }
      }
      lines.write(row.json());
      lines.write('\n');
    }
    return lines.toByteArray();
  }

  private static List<String> labels(Family family, String key) {
    return family.labels().size() == 1 ? List.of(key) : List.of(key, "ext4");
  }

  private long[] summary(Metric metric, long count) {
    long one = metric.scaled(value(metric));
    long other = metric.scaled(value(metric));
    long min = Math.min(one, other);
    long max = Math.max(one, other);
    return new long[] {min, max, count == 1 ? max : min + max + (count - 2) * ((min + max) / 2)};
  }

  private Row row(long ts) {
    Row.Builder row = Row.at(ts, PATTERN, run());
    for (Metric metric : Metric.scalars()) {
      if (ts % metric.cadenceSeconds() == 0) {
        row.set(metric, value(metric));
      }
    }
    ITEMS.forEach((family, keys) -> {
      if (ts % family.cadenceSeconds() == 0) {
        row.add(family, keys.stream().map(key -> item(family, key)).toList());
      }
    });
    return row.build();
  }

  private Item item(Family family, String key) {
    Item.Builder item = Item.of(family, labels(family, key).toArray(String[]::new));
    family.metrics().forEach(metric -> item.set(metric, value(metric)));
    return item.build();
  }

  private double value(Metric metric) {
    return switch (metric.unit()) {
      case RATIO -> random.nextDouble() * random.nextDouble();
      case BYTES -> (8L << 30) + random.nextInt(1 << 20) * 4096L;
      case BYTES_PER_SECOND -> random.nextInt(4) == 0 ? random.nextInt(2_000_000) : 0;
      case PER_SECOND -> random.nextInt(4) == 0 ? random.nextInt(500) / 10.0 : 0;
      case SECONDS -> 1_000_000 + random.nextInt(100_000);
      case CELSIUS -> 40 + random.nextInt(200) / 10.0;
      case LOAD -> random.nextInt(300) / 100.0;
      case COUNT -> 100 + random.nextInt(50);
    };
  }

  private void putFor(List<HostName> hosts, TierKey key, byte[] lines) throws IOException {
    try {
      hosts.parallelStream().forEach(host -> put(host, key, lines.clone()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void put(HostName host, TierKey key, byte[] lines) {
    byte[] name = host.value().getBytes(US_ASCII);
    for (int line = 0; line < lines.length; line = behind(lines, line)) {
      System.arraycopy(name, 0, lines, line + HOST_AT, name.length);
    }
    try {
      archive.put(new TierKey(key.tier(), host, key.start()).text(), Gzip.compress(lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void at(byte[] lines, long start, int step) {
    long ts = start;
    for (int line = 0; line < lines.length; line = behind(lines, line)) {
      byte[] digits = Long.toString(ts).getBytes(US_ASCII);
      System.arraycopy(digits, 0, lines, line + TS_AT, TS_DIGITS);
      ts += step;
    }
  }

  private static int behind(byte[] lines, int line) {
    int at = line;
    while (lines[at] != '\n') {
      at++;
    }
    return at + 1;
  }
}
