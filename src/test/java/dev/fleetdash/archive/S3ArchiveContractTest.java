package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.S3Server;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

class S3ArchiveContractTest extends ArchiveContract {
  private static final AtomicInteger number = new AtomicInteger();
  private static S3Server server;

  private S3Archive archive;
  private S3Archive twin;

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    String location = "s3://bucket/test" + number.incrementAndGet() + "/fleet";
    archive = server.archive(location, new Telemetry(InstantSource.system()));
    twin = server.archive(location, new Telemetry(InstantSource.system()));
  }

  @AfterEach
  void close() {
    archive.close();
    twin.close();
  }

  @Override
  Archive archive() {
    return archive;
  }

  @Override
  Archive twin() {
    return twin;
  }
}
