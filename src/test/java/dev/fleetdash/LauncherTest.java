package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LauncherTest {
  @ParameterizedTest
  @CsvSource({"1.8, 8", "17, 17", "25, 25"})
  void readsTheMajorVersion(String version, int major) {
    assertThat(Launcher.majorOf(version)).isEqualTo(major);
  }

  @Test
  void refusalIsOneLineThatNamesWhatIsThereAndWhatIsNeeded() {
    assertThat(Launcher.refusal("17", "/opt/java17"))
        .isEqualTo(
            "fleetdash needs Java 25 or newer; this is Java 17 (/opt/java17)."
                + " Install a JDK 25 and start the jar with its java.");
  }
}
