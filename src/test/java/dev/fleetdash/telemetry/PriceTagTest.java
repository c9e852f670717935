package dev.fleetdash.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fleetdash.testing.FakeClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceTagTest {
  private final FakeClock clock = new FakeClock("2026-11-23T10:00:00Z");
  private final Telemetry telemetry = new Telemetry(clock, clock::nanos);
  private final PriceTag tag = new PriceTag(telemetry, Prices.builtIn());

  @Test
  void aPutAMinuteIsTwentyTwoCentsAMonth() {
    for (int minute = 0; minute < 60; minute++) {
      tag.requests().sent(Requests.Kind.PUT);
    }
    clock.advance(Duration.ofHours(1));

    PriceTag.Month month = tag.month().orElseThrow();

    assertThat(month.requests()).containsEntry(Requests.Kind.PUT, 43_800.0);
    assertThat(month.dollars()).isCloseTo(0.219, within(1e-9));
  }

  @Test
  void aListCostsTenTimesAGetAndMore() {
    for (int i = 0; i < 1000; i++) {
      tag.requests().sent(Requests.Kind.GET);
      tag.requests().sent(Requests.Kind.LIST);
    }
    tag.requests().sentBytes(1_000_000);
    clock.advance(Duration.ofHours(730));

    PriceTag.Month month = tag.month().orElseThrow();

    assertThat(month.dollars()).isCloseTo(0.0054, within(1e-9));
    assertThat(month.storageDollars()).isCloseTo(0.000023, within(1e-12));
  }

  @Test
  void aClockThatIsSetMakesNoMonthOfAnHourAndNoHourOfAMonth() {
    tag.requests().sent(Requests.Kind.PUT);
    clock.advance(Duration.ofHours(1));
    double before = tag.month().orElseThrow().allRequests();

    clock.set(Instant.EPOCH);
    double early = tag.month().orElseThrow().allRequests();
    clock.set(Instant.parse("2080-01-01T00:00:00Z"));

    assertThat(before).isEqualTo(730);
    assertThat(early).isEqualTo(730);
    assertThat(tag.month().orElseThrow().allRequests()).isEqualTo(730);
  }

  @Test
  void theFirstMinutesAreNoMonth() {
    tag.requests().sent(Requests.Kind.GET);
    clock.advance(Duration.ofMinutes(9));
    assertThat(tag.month()).isEmpty();

    clock.advance(Duration.ofMinutes(1));
    assertThat(tag.month()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "44, 13.2",
    "10000, 3000",
    "10001, 3000.1",
    "250000, 27000",
    "250001, 27000.05",
    "1000000, 64500",
    "1000001, 64500.02"
  })
  void cloudWatchIsPaidByTiers(long metrics, double dollars) {
    assertThat(tag.cloudWatch(metrics, 0).dollars()).isCloseTo(dollars, within(1e-6));
    assertThat(tag.cloudWatch(metrics, 7).seriesDollars())
        .isCloseTo(
            tag.cloudWatch(metrics + 7, 0).dollars() - tag.cloudWatch(metrics, 0).dollars(),
            within(1e-6));
  }
}
