package dev.fleetdash.bench;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.S3Archive;
import dev.fleetdash.archive.S3Connection;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.Asked;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.CountingArchive;
import dev.fleetdash.testing.FleetArchive;
import dev.fleetdash.testing.S3Server;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints what charts of an archive take that {@link ArchiveServer} made, a line each: the first in
 * this process, the median of those for which nothing is remembered (cold), and of those for which
 * all is (warm). Every chart is checked to be full.
 */
public final class ArchiveChartBench {
  private static final int COLD = 5;
  private static final int WARM = 21;
  private static final int DAY = 86_400;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final CountingArchive archive;
  private final Spool spool;
  private final InstantSource clock;
  private final long end;

  private ArchiveChartBench(CountingArchive archive, Spool spool, InstantSource clock, long end) {
    this.archive = archive;
    this.spool = spool;
    this.clock = clock;
    this.end = end;
  }

  /**
   * Takes where the archive is, the end of its rows in epoch seconds, and what to draw: {@code
   * local}, {@code month} or {@code year}.
   */
  public static void main(String[] args) throws Exception {
    long end = Long.parseLong(args[1]);
    InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(end + 60));
    Telemetry telemetry = new Telemetry(clock);
    Path directory = Files.createTempDirectory("archive-chart-bench");
    try (CountingArchive archive = new CountingArchive(open(args[0], telemetry));
        Spool spool = Spool.open(directory, new Spool.Settings(60, 1 << 20), clock, telemetry)) {
      ArchiveChartBench bench = new ArchiveChartBench(archive, spool, clock, end);
      for (String chart : Arrays.asList(args).subList(2, args.length)) {
        bench.draw(chart);
      }
    }
  }

  private static Archive open(String where, Telemetry telemetry) {
    if (where.startsWith("file:")) {
      return ArchiveLocation.parse(where).open(telemetry);
    }
    S3Connection connection =
        new S3Connection(
            URI.create(where),
            "us-east-1",
            S3Server.ACCESS_KEY,
            S3Server.SECRET_KEY,
            PATIENCE,
            PATIENCE);
    return new S3Archive(
        (ArchiveLocation.InBucket) ArchiveLocation.parse("s3://bench"),
        connection,
        S3Options.DEFAULT,
        telemetry);
  }

  private void draw(String chart) throws Exception {
    List<Metric> eight = Metric.scalars().subList(0, 8);
    switch (chart) {
      case "local" ->
          draw(
              "24 h × 1 host × 8 metrics × 500 points from a directory of minutes",
              1,
              eight,
              1,
              500,
              "≤ 20");
      case "zoom" -> draw("1 h × 1 host × 8 metrics × 720 points", 1, eight, 0, 720, "");
      case "day" -> draw("24 h × 1 host × 8 metrics × 500 points", 1, eight, 1, 500, "");
      case "month" ->
          draw("30 days × 4 hosts × 8 metrics × 720 points", 4, eight, 30, 720, "≤ 600");
      case "year" ->
          draw(
              "1 year × 20 hosts × 1 metric × 365 points",
              20,
              eight.subList(0, 1),
              365,
              365,
              "≤ 2000");
      default -> throw new IllegalArgumentException(chart);
    }
  }

  private void draw(String name, int hosts, List<Metric> metrics, int days, int points, String must)
      throws Exception {
    long from = days == 0 ? end - 3600 : end - (long) days * DAY;
    RangeQuery query = new RangeQuery(FleetArchive.hosts(hosts), metrics, from, end, points);
    resetPeaks();
    double first = timed(query, 1, 1);
    double cold = timed(query, COLD, 1);
    int gets = archive.gets().size();
    int lists = archive.lists().size();
    long bytes = archive.bytes();
    long cpu = cpu();
    timed(query, COLD, 1);
    long used = (cpu() - cpu) / COLD;
    double warm = timed(query, 1, WARM);
    System.out.printf(
        Locale.ROOT,
        "chart, %s, ms: first in the process; cold (CPU); warm|%.0f; %.0f (%.0f); %.1f|%s%n",
        name,
        first,
        cold,
        used / 1e6,
        warm,
        must);
    System.out.printf(
        Locale.ROOT,
        "the same: GETs cold, warm; LISTs; kB got; most of the heap in use, MiB|%d, %d; %d; %d;"
            + " %d|%n",
        gets,
        archive.gets().size(),
        lists,
        bytes / 1000,
        peak() >> 20);
  }

  /** The median of the last charts that each of some readers draws. */
  private double timed(RangeQuery query, int readers, int charts) throws Exception {
    double[] millis = new double[readers];
    for (int i = 0; i < readers; i++) {
      try (ArchiveReader reader = new ArchiveReader(archive, spool, clock, System::nanoTime)) {
        History history =
            new History(
                new Live(new HostName("bench"), 1, new Ring(8 << 20), spool),
                Recent.Lookup.NOBODY,
                reader);
        double[] each = new double[charts];
        for (int chart = 0; chart < charts; chart++) {
          each[chart] = once(history, query);
        }
        Arrays.sort(each);
        millis[i] = each[charts / 2];
      }
    }
    Arrays.sort(millis);
    return millis[readers / 2];
  }

  private double once(History history, RangeQuery query) throws Exception {
    archive.reset();
    long before = System.nanoTime();
    Range range = Asked.of(history, query);
    double millis = (System.nanoTime() - before) / 1e6;
    for (Range.Series series : range.series()) {
      if (Arrays.stream(series.min()).anyMatch(value -> value == Row.ABSENT)) {
        throw new IllegalStateException("a chart has a gap: " + series.host() + series.metric());
      }
    }
    if (!range.problems().isEmpty()) {
      throw new IllegalStateException("a chart has problems: " + range.problems());
    }
    return millis;
  }

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void resetPeaks() {
    ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
  }

  private static long peak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .mapToLong(pool -> pool.getPeakUsage().getUsed())
        .sum();
  }
}
