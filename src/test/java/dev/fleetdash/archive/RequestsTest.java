package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.history.ArchiveReader;
import dev.fleetdash.history.Asked;
import dev.fleetdash.history.History;
import dev.fleetdash.history.Live;
import dev.fleetdash.history.Range;
import dev.fleetdash.history.RangeQuery;
import dev.fleetdash.history.Recent;
import dev.fleetdash.ring.Ring;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.PriceTag;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Requests;
import dev.fleetdash.telemetry.Requests.Kind;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted is what a proxy before the server saw. The clock is driven, the rest is real. */
class RequestsTest {
  private static final String START = "2026-11-23T00:00:00Z";
  private static final long TS = Rows.ts(START);
  private static final int MINUTES = 1440;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock, clock::nanos);
  private final Requests requests = new Requests(telemetry);
  private S3Server server;
  private S3Archive archive;

  @BeforeEach
  void start() throws IOException {
    server = new S3Server("bucket");
    archive = server.archive("s3://bucket/prod", telemetry);
  }

  @AfterEach
  void stop() {
    archive.close();
    server.close();
  }

  @Test
  void aDayIsCountedAsTheServerSeesIt() throws Exception {
    PriceTag tag = new PriceTag(telemetry, Prices.builtIn());
    try (Spool spool = Spool.open(directory, new Spool.Settings(60, 64 << 20), clock, telemetry);
        ArchiveReader raw = new ArchiveReader(archive, spool, clock, clock::nanos);
        Flusher flusher =
            new Flusher(
                spool,
                archive,
                Duration.ofMinutes(1),
                Duration.ZERO,
                clock,
                new SplittableRandom(1),
                telemetry)) {
      History history =
          new History(new Live(Rows.HOST, 20, new Ring(1 << 20), spool), Recent.Lookup.NOBODY, raw);
      for (int minute = 0; minute < MINUTES; minute++) {
        fault(minute);
        for (int second = 0; second < 60; second += 20) {
          spool.append(Rows.at(TS + minute * 60L + second, spool.run(), 0.5));
        }
        spool.seal();
        clock.advance(Duration.ofMinutes(1));
        flusher.flush();
        if (minute % 240 == 239) {
          Range range = Asked.of(history, lastHour(minute));
          assertThat(range.problems()).isEmpty();
        }
      }
      server.faults().heal();
      flusher.flush();
      assertThat(spool.backlog().segments()).isZero();
    }

    assertCountedAsSeen();
    assertThat(requests.count(Kind.PUT)).isGreaterThan(MINUTES + 5);
    assertThat(requests.count(Kind.GET)).isGreaterThan(300);
    assertThat(requests.count(Kind.LIST)).isBetween(6L, 12L);
    assertThat(requests.sentBytes()).isGreaterThan(MINUTES * 100L);
    PriceTag.Month month = tag.month().orElseThrow();
    assertThat(month.allRequests())
        .isCloseTo(
            server.faults().requests().size() * 730 / 24.0,
            org.assertj.core.data.Percentage.withPercentage(0.1));
    assertThat(month.dollars()).isBetween(0.2, 0.3);
  }

  /** Of the kinds that cost a request or none. */
  private void fault(int minute) throws IOException {
    switch (minute) {
      case 100 -> server.faults().next(2, "PUT", new Fault.Answer(503, "SlowDown"));
      case 200 -> server.faults().next(1, "PUT", new Fault.LoseAnswer());
      case 239 -> server.faults().next(1, "GET", new Fault.Answer(500, "InternalError"));
      case 300 -> server.faults().next(50, "PUT", new Fault.Answer(403, "AccessDenied"));
      case 310, 403 -> server.faults().heal();
      case 400 -> server.faults().refuse();
      case 500 ->
          server.faults().next(1, "PUT", new Fault.Answer(409, "ConditionalRequestConflict"));
      default -> {}
    }
  }

  private static RangeQuery lastHour(int minute) {
    long to = TS + (minute + 1) * 60L;
    return new RangeQuery(List.of(Rows.HOST), List.of(Metric.CPU_UTILIZATION), to - 3600, to, 60);
  }

  @Test
  void noConnectionIsNoRequest() throws Exception {
    server.stop();
    assertThatThrownBy(() -> archive.get("k", 1)).isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> archive.putIfAbsent("k", new byte[1]))
        .isInstanceOf(ArchiveException.class);
    server.start();

    assertCountedAsSeen();
    assertThat(requests.count(Kind.GET) + requests.count(Kind.PUT)).isZero();
  }

  @Test
  void aDirectoryCostsNothing() throws Exception {
    try (Archive files = ArchiveLocation.parse("file:" + directory).open(telemetry)) {
      files.put("k", new byte[10]);
      files.get("k", 10);
      files.list("", 10);
    }
    clock.advance(Duration.ofDays(1));

    PriceTag.Month month = new PriceTag(telemetry, Prices.builtIn()).month().orElseThrow();
    assertThat(month.allRequests()).isZero();
    assertThat(month.dollars() + month.storageDollars()).isZero();
  }

  private void assertCountedAsSeen() {
    List<String> seen = server.faults().requests();
    assertThat(requests.count(Kind.PUT)).isEqualTo(count(seen, "PUT /.*"));
    assertThat(requests.count(Kind.LIST)).isEqualTo(count(seen, "GET /.*[?&]list-type=2.*"));
    assertThat(requests.count(Kind.GET) + requests.count(Kind.LIST))
        .isEqualTo(count(seen, "GET /.*"));
    assertThat(count(seen, "(PUT|GET) /.*")).isEqualTo(seen.size());
  }

  private static long count(List<String> seen, String pattern) {
    return seen.stream().filter(request -> request.matches(pattern)).count();
  }
}
