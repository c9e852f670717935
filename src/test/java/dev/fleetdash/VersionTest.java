package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.jar.Attributes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {
  @Test
  void manifestOfTheJarSaysVersionAndCommit() {
    assertThat(Version.of(manifest("fleetdash", "0123456789ab")))
        .contains(new Version("1.2.3", Optional.of("0123456789ab")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"${git.commit.id.abbrev}", "", "unknown"})
  void jarBuiltOutsideARepositoryHasNoCommit(String commit) {
    assertThat(Version.of(manifest("fleetdash", commit)))
        .contains(new Version("1.2.3", Optional.empty()));
  }

  @Test
  void manifestOfAnotherJarIsNotOurs() {
    assertThat(Version.of(manifest("jetty", "0123456789ab"))).isEmpty();
  }

  @Test
  void lineNamesBuildJavaAndPlatform() {
    assertThat(new Version("1.2.3", Optional.of("0123456789ab")).line())
        .matches("fleetdash 1\\.2\\.3 \\(0123456789ab\\) java 25\\S* \\S.* \\S+");
    assertThat(new Version("1.2.3", Optional.empty()).line()).startsWith("fleetdash 1.2.3 java 25");
  }

  private static Attributes manifest(String title, String commit) {
    Attributes attributes = new Attributes();
    attributes.putValue("Implementation-Title", title);
    attributes.putValue("Implementation-Version", "1.2.3");
    attributes.putValue("Implementation-Commit", commit);
    return attributes;
  }
}
