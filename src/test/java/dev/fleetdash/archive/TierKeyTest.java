package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.testing.Rows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TierKeyTest {
  private static final HostName HOST = new HostName("i-0abc");

  @ParameterizedTest
  @CsvSource({
    "SECONDS, 2026-11-23T10:15:30Z, v1/1s/dt=2026-11-23/hour=10, 2026-11-23T10:00:00Z, 2026-11-23T11:00:00Z",
    "MINUTES, 2026-11-23T10:15:30Z, v1/1m/dt=2026-11-23, 2026-11-23T00:00:00Z, 2026-11-24T00:00:00Z",
    "HOURS, 2026-11-23T10:15:30Z, v1/1h/month=2026-11, 2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z",
    "DAYS, 2026-11-23T10:15:30Z, v1/1d/year=2026, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
    "SECONDS, 2026-12-31T23:59:59Z, v1/1s/dt=2026-12-31/hour=23, 2026-12-31T23:00:00Z, 2027-01-01T00:00:00Z",
    "HOURS, 2028-02-29T23:59:59Z, v1/1h/month=2028-02, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
    "DAYS, 2028-12-31T23:59:59Z, v1/1d/year=2028, 2028-01-01T00:00:00Z, 2029-01-01T00:00:00Z",
  })
  void keyFollowsFromHostTierAndTime(
      Tier tier, String time, String folder, String start, String end) {
    TierKey key = TierKey.of(tier, HOST, Rows.ts(time));

    assertThat(key.text()).isEqualTo(folder + "/host=i-0abc/data.ndjson.gz");
    assertThat(key.start()).isEqualTo(Rows.ts(start));
    assertThat(key.end()).isEqualTo(Rows.ts(end));
    assertThat(TierKey.parse(key.text())).contains(key);
    assertThat(key.covers(Rows.ts(time))).isTrue();
    assertThat(key.covers(key.end())).isFalse();
    assertThat(key.covers(key.start() - 1)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1/1s/dt=2026-11-23/host=a/data.ndjson.gz",
        "v1/1m/dt=2026-11-23/hour=10/host=a/data.ndjson.gz",
        "v1/1m/dt=2026-02-30/host=a/data.ndjson.gz",
        "v1/1s/dt=2026-11-23/hour=24/host=a/data.ndjson.gz",
        "v1/1h/month=2026-13/host=a/data.ndjson.gz",
        "v1/1d/year=26/host=a/data.ndjson.gz",
        "v1/1d/year=2026/host=..%2f/data.ndjson.gz",
        "v1/1d/year=2026/host=../data.ndjson.gz",
        "v1/1d/year=2026/host=<b>/data.ndjson.gz",
        "v1/1d/year=2026/host=a/data.ndjson.gz.bak",
        "v1/2d/year=2026/host=a/data.ndjson.gz",
        "v2/1d/year=2026/host=a/data.ndjson.gz",
      })
  void foreignKeysAreNone(String key) {
    assertThat(TierKey.parse(key)).isEmpty();
  }

  @Test
  void startMustBeAStart() {
    assertThatThrownBy(() -> new TierKey(Tier.DAYS, HOST, 1)).hasMessageContaining("1d");
  }
}
