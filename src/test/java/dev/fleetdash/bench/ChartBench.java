package dev.fleetdash.bench;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.Asked;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Telemetry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Prints how long a day's chart takes from memory: 8 metrics, 500 points asked for, the median of
 * many in milliseconds. Every scalar of every row has a value that moves, so the ring is as full as
 * it gets.
 */
public final class ChartBench {
  private static final long DAY = 86_400;
  private static final int WARM = 200;
  private static final int TIMES = 101;

  private ChartBench() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws Exception {
    HostName host = new HostName("bench");
    Telemetry telemetry = new Telemetry(InstantSource.system());
    Path directory = Files.createTempDirectory("chart-bench");
    try (Archive archive =
            ArchiveLocation.parse("file:" + directory.resolve("archive")).open(telemetry);
        Spool spool =
            Spool.open(
                directory.resolve("spool"),
                new Spool.Settings(60, 1 << 20),
                InstantSource.system(),
                telemetry);
        ArchiveReader raw =
            new ArchiveReader(archive, spool, InstantSource.system(), System::nanoTime)) {
      Ring ring = new Ring(24 << 20);
      long end = InstantSource.system().instant().getEpochSecond() / 60 * 60;
      fill(ring, host, spool.run(), end);
      History history = new History(new Live(host, 1, ring, spool), Recent.Lookup.NOBODY, raw);
      RangeQuery query =
          new RangeQuery(List.of(host), Metric.scalars().subList(0, 8), end - DAY, end, 500);
      for (int i = 0; i < WARM; i++) {
        Asked.of(history, query);
      }
      double[] millis = new double[TIMES];
      for (int i = 0; i < TIMES; i++) {
        long before = System.nanoTime();
        Asked.of(history, query);
        millis[i] = (System.nanoTime() - before) / 1e6;
      }
      Arrays.sort(millis);
      System.out.printf("%.2f%n", millis[TIMES / 2]);
    }
  }

  private static void fill(Ring ring, HostName host, long run, long end) {
    Random random = new Random(1);
    for (long ts = end - DAY; ts < end; ts++) {
      Row.Builder row = Row.at(ts, host, run);
      for (Metric metric : Metric.scalars()) {
        row.set(metric, random.nextDouble());
      }
      ring.append(row.build());
    }
  }
}
