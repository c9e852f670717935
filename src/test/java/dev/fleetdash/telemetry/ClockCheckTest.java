package dev.fleetdash.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.testing.FakeClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockCheckTest {
  private static final String NOW = "2026-11-23T10:15:00Z";
  private static final Duration QUICK = Duration.ofMillis(20);

  private final FakeClock clock = new FakeClock(NOW);
  private final AtomicLong nanos = new AtomicLong();
  private final Telemetry telemetry = new Telemetry(clock, nanos::get);
  private final ClockCheck clocks = telemetry.clocks();

  @Test
  void saysNothingUntilAnotherClockWasSeen() {
    assertThat(telemetry.state("clock")).isEmpty();
    assertThat(clocks.instant()).isEqualTo(clock.instant());
  }

  @ParameterizedTest
  @CsvSource({
    "PT1H, 60 min ahead of that of the archive",
    "PT-1H, 60 min behind that of the archive",
    "PT7S, 7 s ahead of that of the archive",
    "P-20000D, 20000 days behind that of the archive",
  })
  void saysHowFarOffTheArchivesClockSaysItIs(Duration off, String sentence) {
    clock.set(Instant.parse(NOW).plus(off).plusMillis(500));

    clocks.archiveSaid(Instant.parse(NOW), QUICK);

    assertThat(state().status()).isEqualTo(Status.FAILING);
    assertThat(state().detail()).contains(sentence).contains("NTP");
  }

  @ParameterizedTest
  @CsvSource({"PT4S, PT0.02S", "PT-4S, PT0.02S", "PT9S, PT9S", "PT0S, PT9S"})
  void whatAnAnswerCannotTellIsNoFault(Duration off, Duration took) {
    clock.set(Instant.parse(NOW).plus(off).plusMillis(500));

    clocks.archiveSaid(Instant.parse(NOW), took);

    assertThat(state().status()).isEqualTo(Status.UP);
    assertThat(clocks.instant()).isEqualTo(clock.instant());
  }

  @Test
  void whoeverDecidesAboutOthersHasTheArchivesTimeWhileTheHostsIsWrong() {
    clocks.archiveSaid(Instant.parse(NOW), QUICK);
    clock.set(Instant.parse("2031-01-01T00:00:00Z"));
    nanos.addAndGet(Duration.ofSeconds(30).toNanos());

    assertThat(clocks.instant())
        .as("also before the archive is asked again")
        .isBetween(Instant.parse(NOW).plusSeconds(30), Instant.parse(NOW).plusSeconds(32));
    assertThat(clocks.own()).isEqualTo(clock.instant());
  }

  @Test
  void whatWasSaidLongAgoCountsNoMore() {
    clocks.archiveSaid(Instant.parse(NOW), QUICK);
    nanos.addAndGet(Duration.ofMinutes(16).toNanos());
    clock.set(Instant.parse("2031-01-01T00:00:00Z"));

    assertThat(clocks.instant()).isEqualTo(clock.instant());
  }

  @Test
  void recoversWhenTheClockWasSet() {
    clock.advance(Duration.ofHours(1));
    clocks.archiveSaid(Instant.parse(NOW), QUICK);
    clock.set(Instant.parse(NOW));
    clocks.archiveSaid(Instant.parse(NOW), QUICK);

    assertThat(state().status()).isEqualTo(Status.UP);
  }

  @Test
  void onePeerCannotTellWhoIsWrongButMostCan() {
    clocks.peerSaid("web-2", Instant.parse(NOW).minusSeconds(45));
    String one = state().detail();
    clocks.peerSaid("web-3", Instant.parse(NOW));
    clocks.peerSaid("web-4", Instant.parse(NOW));
    Status most = state().status();
    clocks.peerSaid("web-4", Instant.parse(NOW).minusSeconds(46));

    assertThat(one).contains("45 s ahead of that of web-2, and one of both is wrong");
    assertThat(most).isEqualTo(Status.UP);
    assertThat(state().detail()).contains("45 s ahead of those of its peers");
  }

  @Test
  void theArchivesWordCountsMoreThanPeers() {
    clocks.archiveSaid(Instant.parse(NOW), QUICK);
    for (int i = 0; i < 40; i++) {
      clocks.peerSaid("web-" + i, Instant.parse(NOW).minusSeconds(600));
    }

    assertThat(state().status()).isEqualTo(Status.UP);
  }

  private Part.State state() {
    return telemetry.state("clock").orElseThrow();
  }
}
