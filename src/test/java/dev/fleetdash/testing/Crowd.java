package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Hosts that an archive remembers, others each day, as where instances live for hours. */
public final class Crowd {
  private static final int DAYS = 8;

  private Crowd() {}

  /**
   * Makes that many hosts of each day known to a directory archive.
   *
   * @param root the archive's directory, made where it is missing
   * @param starts of each host, five minutes apart
   */
  public static void fill(Path root, int hosts, int starts) throws IOException {
    Path folder = Files.createDirectories(root.resolve("v1/hosts"));
    LocalDate today = HostRecords.day(Instant.now().getEpochSecond());
    for (int back = 0; back < DAYS; back++) {
      MemoryArchive archive = new MemoryArchive();
      HostRecords records = new HostRecords(archive);
      LocalDate day = today.minusDays(back);
      for (int i = 0; i < hosts; i++) {
        HostName host = new HostName("i-%d%05d".formatted(back, i));
        records.replace(day, records.find(day, host), ended(host, day, starts));
      }
      Files.createDirectories(folder.resolve("dt=" + day));
      for (Archive.Listed object : archive.list("v1/hosts/", hosts)) {
        // Without the care for each object that an archive takes.
        Files.write(
            root.resolve(object.key()),
            archive.get(object.key(), object.size()).orElseThrow().bytes());
      }
    }
  }

  private static HostRecord ended(HostName host, LocalDate day, int starts) {
    long midnight = day.toEpochDay() * 86_400;
    List<Run> runs =
        LongStream.range(0, starts)
            .map(start -> midnight + start * 300)
            .mapToObj(ts -> new Run(ts * 1000, ts, ts + 200, Optional.of("out of memory")))
            .toList();
    Machine machine =
        new Machine(
            "0123456789abcdef0123456789abcdef",
            Optional.of("eu-west-1a"),
            Optional.of("t4g.micro"),
            Optional.of(host.value()),
            Optional.of("10.0.0.1:8080"),
            "1.0.0",
            1);
    return new HostRecord(
        host, machine, midnight + 86_000, midnight, true, HostRecord.State.ENDED, runs);
  }
}
