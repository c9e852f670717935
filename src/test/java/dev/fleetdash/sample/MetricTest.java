package dev.fleetdash.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MetricTest {
  @Test
  void namesAreUnique() {
    Stream<String> names = Arrays.stream(Metric.values()).map(Metric::fullName);

    assertThat(names).doesNotHaveDuplicates();
  }

  @Test
  void columnsCountFromZeroWithinTheRowAndWithinEachFamily() {
    for (int i = 0; i < Metric.scalars().size(); i++) {
      assertThat(Metric.scalars().get(i).column()).isEqualTo(i);
    }
    for (Family family : Family.values()) {
      for (int i = 0; i < family.metrics().size(); i++) {
        assertThat(family.metrics().get(i).column()).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void nameEndsInTheUnitAsThePrometheusConventionsAsk(Metric metric) {
    String name = metric.field();

    switch (metric.unit()) {
      case BYTES -> assertThat(name).endsWith("_bytes");
      case BYTES_PER_SECOND -> assertThat(name).endsWith("_bytes_per_second");
      case PER_SECOND -> assertThat(name).endsWith("_per_second");
      case SECONDS -> assertThat(name).endsWith("_seconds");
      case CELSIUS -> assertThat(name).isEqualTo("celsius");
      case RATIO, LOAD, COUNT -> assertThat(name).doesNotContain("bytes").doesNotContain("seconds");
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void cadenceDividesAMinuteSoThatEveryMinuteHasTheMetric(Metric metric) {
    assertThat(60 % metric.cadenceSeconds()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "RATIO,1234,0.1234",
    "RATIO,0,0.0",
    "RATIO,-5,-0.0005",
    "RATIO,10000,1.0",
    "RATIO,12340,1.234",
    "BYTES,42,42",
    "BYTES_PER_SECOND,7,7.0",
    "LOAD,205,2.05"
  })
  void decimalHasNoTrailingZerosButAlwaysAPointWhereValuesAreReal(
      Unit unit, long scaled, String text) {
    assertThat(unit.decimal(scaled)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "web-1,true",
    "i-0abc,true",
    "a.b_c-D9,true",
    "'',false",
    "-a,false",
    "../x,false",
    "a/b,false",
    "<b>,false",
    "ä,false"
  })
  void hostNamesHaveNothingToEscape(String text, boolean valid) {
    assertThat(HostName.parse(text).isPresent()).isEqualTo(valid);
  }

  @Test
  void hostNamesHaveAtMost64Characters() {
    assertThat(HostName.parse("a".repeat(64))).isPresent();
    assertThat(HostName.parse("a".repeat(65))).isEmpty();
  }
}
