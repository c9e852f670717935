package dev.fleetdash.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearestTest {
  private static final List<String> NAMES = List.of("cpu_user", "cpu_system", "load1");

  @ParameterizedTest
  @ValueSource(strings = {"cpu_usr", "cpu_usser", "cpu_uzer", "cpu_suer", "cpu_user"})
  void slipIsFound(String typed) {
    assertThat(Nearest.to(typed, NAMES)).contains("cpu_user");
  }

  @Test
  void swappedNeighboursAreOneSlip() {
    assertThat(Nearest.to("abdc", List.of("abxx", "abcd"))).contains("abcd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"temperature", "", "x"})
  void whatIsFarFromAllIsNotGuessed(String typed) {
    assertThat(Nearest.to(typed, NAMES)).isEmpty();
    assertThat(Nearest.hint(typed, NAMES)).isEmpty();
  }

  @Test
  void hugeTextIsNotCompared() {
    assertThat(Nearest.to("cpu_user".repeat(100), NAMES)).isEmpty();
  }

  @Test
  void hintIsTheEndOfASentence() {
    assertThat(Nearest.hint("laod1", NAMES)).isEqualTo("; did you mean 'load1'?");
  }
}
