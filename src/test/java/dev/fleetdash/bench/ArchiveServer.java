package dev.fleetdash.bench;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.FleetArchive;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * A fleet's archive, in a directory, or in an S3 server that answers each request late. Prints when
 * it is ready where it is and the end of its rows, and serves until its input ends.
 */
public final class ArchiveServer {
  private static final Instant END = Instant.parse("2026-11-01T00:00:00Z");

  private ArchiveServer() {}

  /**
   * Takes {@code file:DIRECTORY}, or the milliseconds that each request is to take more, or {@code
   * empty} for a server with nothing in it.
   */
  public static void main(String[] args) throws Exception {
    InstantSource clock = InstantSource.system();
    Telemetry telemetry = new Telemetry(clock);
    long end = END.getEpochSecond();
    if (args[0].startsWith("file:")) {
      try (Archive archive = ArchiveLocation.parse(args[0]).open(telemetry)) {
        FleetArchive fleet = new FleetArchive(archive, end);
        fleet.minutes(FleetArchive.hosts(1), 2);
        fleet.records(FleetArchive.hosts(1), 3);
      }
      System.out.println(args[0] + " " + end);
      return;
    }
    try (S3Server server = new S3Server("bench");
        Archive archive = server.archive("s3://bench", telemetry)) {
      if (!args[0].equals("empty")) {
        fill(new FleetArchive(archive, end));
        server
            .faults()
            .always(new FaultProxy.Fault.Delay(Duration.ofMillis(Long.parseLong(args[0]))));
      }
      System.out.println(server.endpoint() + " " + end);
      while (System.in.read() >= 0) {
        // Until nobody is there any more.
      }
    }
  }

  private static void fill(FleetArchive fleet) throws IOException {
    List<HostName> four = FleetArchive.hosts(4);
    fleet.coarse(FleetArchive.hosts(20), FleetArchive.hosts(20), 365);
    fleet.minutes(four, 30);
    fleet.seconds(four, 30);
    fleet.records(FleetArchive.hosts(20), 32);
  }
}
