package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  @Test
  void configurationTableIsTheCodes() throws IOException {
    assertThat(between("configuration")).isEqualTo(Settings.table());
  }

  private static String between(String marker) throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String begin = "<!-- " + marker + " -->\n";
    String end = "<!-- /" + marker + " -->";
    assertThat(readme).contains(begin, end);
    return readme.substring(readme.indexOf(begin) + begin.length(), readme.indexOf(end));
  }
}
