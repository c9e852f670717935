package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's table of paths. */
final class EndpointsTest {
  private static final Pattern LINE = Pattern.compile("(?m)^\\| (`/.*?) \\|");
  private static final Pattern PATH = Pattern.compile("`(/[^`?]*)");

  @TempDir private Path folder;

  @Test
  void everyPathOfTheReadmeIsThere() throws Exception {
    List<String> paths =
        LINE.matcher(Files.readString(Path.of("README.md")))
            .results()
            .flatMap(line -> PATH.matcher(line.group(1)).results())
            .map(path -> path.group(1))
            .toList();

    assertThat(paths).hasSizeGreaterThan(10).doesNotHaveDuplicates();
    try (RunningServer node = RunningServer.in(folder)) {
      node.tick(0);
      for (String path : paths) {
        String asked = path.replace("{host}", "web-1");
        if (!asked.startsWith("/api/stream")) {
          assertThat(node.get(asked).statusCode()).as(path).isNotIn(404, 405, 500);
        }
      }
    }
  }
}
