package dev.fleetdash.siege;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.hosts.HostRecord;
import dev.fleetdash.hosts.HostRecords;
import dev.fleetdash.hosts.Machine;
import dev.fleetdash.hosts.Run;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Hosts that an archive knows and that are up, as far as it can tell. */
final class Neighbours {
  /** As many as a question may name. */
  static final int COUNT = 50;

  /** Nobody answers there. */
  private static final String NOWHERE = "127.0.0.1:9";

  private static final Duration UP = Duration.ofDays(4);

  private final HostRecords records;

  Neighbours(Archive archive) {
    this.records = new HostRecords(archive);
  }

  static List<String> names() {
    return IntStream.range(0, COUNT).mapToObj("neighbour-%02d"::formatted).toList();
  }

  /** Makes all of them known, of today and the days before. */
  void moveIn() throws IOException {
    for (String name : names()) {
      moveIn(new HostName(name), NOWHERE);
    }
  }

  /** Makes one known, with nothing compacted. */
  void moveIn(HostName host, String address) throws IOException {
    long now = InstantSource.system().instant().getEpochSecond();
    long start = now - UP.toSeconds();
    Machine machine =
        new Machine(
            "machine of " + host,
            Optional.of("zone-1"),
            Optional.of("t4g.micro"),
            Optional.empty(),
            Optional.of(address),
            "1",
            1);
    Run run = new Run(start * 1000, start, now, Optional.empty());
    for (LocalDate day = HostRecords.day(start);
        !day.isAfter(HostRecords.day(now));
        day = day.plusDays(1)) {
      records.replace(
          day,
          records.find(day, host),
          new HostRecord(host, machine, now, 0, false, HostRecord.State.RUNNING, List.of(run)));
    }
  }
}
