package dev.fleetdash.siege;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A few seconds of each attack: the node survives it, loses no row, answers each refusal with a
 * sentence and stays small. How fast it is meanwhile, {@code make siege} says.
 */
class SiegeIT {
  private static final Duration ROUND = Duration.ofSeconds(3);

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(names = {"UP", "AWAY"})
  void nobodyTakesANodeDown(Setting setting) throws Exception {
    SoftAssertions softly = new SoftAssertions();
    try (Siege siege = new Siege(directory, setting, 1, ROUND)) {
      for (Attack attack : Attacks.ofEveryBuild(setting)) {
        try (attack) {
          siege.prepare(attack);
          Outcome outcome = siege.endure(attack);
          System.out.print(outcome.row());
          softly.assertThat(outcome.wrong()).as(attack.what()).isEmpty();
        }
        if (!siege.stands()) {
          break;
        }
      }
      softly.assertAll();
      assertThat(siege.wrongInTheArchive())
          .as("seconds that the archive has not, or twice")
          .isEqualTo(List.of());
    }
  }
}
