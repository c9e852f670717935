package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The description of the paths says what the paths do. */
final class OpenApiTest {
  private static final Pattern TAKES = Pattern.compile("\\(this path takes (no parameters|.*)\\)");

  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
    node.tick(0);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void everyRouteIsDescribedAndNothingElse() {
    assertThat(OpenApi.PATHS)
        .extracting(OpenApi.Path::path)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(node.server.paths());
  }

  @Test
  void everyPathTakesTheParametersDescribed() throws Exception {
    for (OpenApi.Path path : OpenApi.PATHS) {
      // Peers' paths say nothing to strangers; pages and the quickest take whatever comes.
      if (!path.path().startsWith("/api/")) {
        continue;
      }
      String answer = node.get(path.path() + "?nonsense=1").body();

      Matcher takes = TAKES.matcher(answer);
      assertThat(takes.find()).as(path.path() + " " + answer).isTrue();
      List<String> names =
          takes.group(1).equals("no parameters")
              ? List.of()
              : Arrays.asList(takes.group(1).split(", "));
      assertThat(path.queryNames()).as(path.path()).isEqualTo(names);
    }
  }

  @Test
  void itIsJsonWhoseReferencesLeadSomewhere() throws Exception {
    String document = node.get("/api/openapi.json").body();
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), document)) {
      while (json.nextToken() != null) {
        json.currentToken();
      }
    }

    assertThat(document).contains("\"servers\":[{\"url\":\"https://metrics.example.org/dash\"}]");
    Set<String> referred =
        Set.copyOf(
            Pattern.compile("#/components/schemas/(\\w+)")
                .matcher(document)
                .results()
                .map(reference -> reference.group(1))
                .toList());
    assertThat(referred).containsExactlyInAnyOrder("Error", "Row", "Fleet", "Events");
    assertThat(referred).allSatisfy(name -> assertThat(document).contains("\"" + name + "\":{"));
  }
}
