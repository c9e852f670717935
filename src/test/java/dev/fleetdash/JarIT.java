package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Shaded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

class JarIT {
  @Test
  void startsWithTheShippedFlagsAndPrintsNothingButItsOwn() throws Exception {
    Process process = Shaded.command("--version").redirectErrorStream(true).start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(Patience.exitCode(process)).isZero();
    assertThat(output).matches("fleetdash 0\\.1\\.0( \\([0-9a-f]+\\))? java 25\\S* \\S+ \\S+\n");
  }

  @Test
  void holdsOurClassesAndNoBuildTools() throws IOException {
    try (JarFile jar = new JarFile(Shaded.jar().toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("dev.fleetdash.Launcher");
      assertThat(jar.stream().map(Object::toString))
          .contains("dev/fleetdash/Main.class", "simplelogger.properties")
          .noneMatch(name -> name.startsWith("META-INF/maven/") || name.endsWith(".SF"));
    }
  }
}
