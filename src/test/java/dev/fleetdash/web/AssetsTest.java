package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AssetsTest {
  /** Of the 100 kB for the first view; what is left is for the page itself. */
  private static final int FIRST_VIEW_BYTES = 72_000;

  private final Assets assets = new Assets();

  @Test
  void aFileIsServedForEverUnderItsHash() {
    Assets.Answer answer = get("app.js", null, null);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers())
        .containsEntry("Content-Type", "text/javascript; charset=utf-8")
        .containsEntry("Cache-Control", "public, max-age=31536000, immutable")
        .containsEntry("Vary", "Accept-Encoding")
        .doesNotContainKey("Content-Encoding");
    assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("import");
  }

  @Test
  void aCompressedFileIsTheSameFile() throws IOException {
    Assets.Answer plain = get("fleetdash.css", null, null);
    Assets.Answer gzipped = get("fleetdash.css", "br, gzip;q=0.8", null);

    assertThat(gzipped.headers()).containsEntry("Content-Encoding", "gzip");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzipped.body())).readAllBytes())
        .isEqualTo(plain.body());
    assertThat(gzipped.headers().get("ETag")).isNotEqualTo(plain.headers().get("ETag"));
  }

  @Test
  void gzipThatIsRefusedIsNotSent() {
    assertThat(get("app.js", "gzip;q=0, identity", null).headers())
        .doesNotContainKey("Content-Encoding");
  }

  @Test
  void whoHasTheFileIsToldSo() {
    String etag = get("app.js", "gzip", null).headers().getOrDefault("ETag", "");

    Assets.Answer again = get("app.js", "gzip", etag);

    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
  }

  @Test
  void whatIsNotListedIsNotServed() {
    assertThat(get("app.js", null, null).status()).isEqualTo(200);
    assertThat(get("../../simplelogger.properties", null, null).status()).isEqualTo(404);
    assertThat(get("nothing.js", null, null).status()).isEqualTo(404);
    assertThat(assets.answer("0123456789abcdef", "app.js", null, null).status()).isEqualTo(404);
    assertThatThrownBy(() -> assets.path("nothing.js")).hasMessageContaining("nothing.js");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fleet", "host"})
  void theFilesOfAPageLeaveRoomForThePage(String name) {
    Frame page = Frame.of("", name, "", SampleHost.node(), assets);
    Stream<String> others =
        Stream.of(
            page.entry(),
            "theme.js",
            "fleetdash.css",
            "mark.svg",
            "uPlot.iife.min.js",
            "uPlot.min.css");

    int bytes =
        Stream.concat(page.modules().stream(), others)
            .mapToInt(file -> get(file, "gzip", null).body().length)
            .sum();

    assertThat(bytes).isBetween(30_000, FIRST_VIEW_BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fleet", "host"})
  void whatAPageImportsIsFetchedBeforehandAndNothingElse(String name) {
    Frame page = Frame.of("", name, "", SampleHost.node(), assets);
    Set<String> needed = new TreeSet<>();
    imports(page.entry(), needed);

    assertThat(page.modules()).containsExactlyInAnyOrderElementsOf(needed);
  }

  private void imports(String file, Set<String> found) {
    String text = new String(get(file, null, null).body(), StandardCharsets.UTF_8);
    Pattern.compile("from \"\\./([a-z]+\\.js)\"")
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .filter(found::add)
        .forEach(module -> imports(module, found));
  }

  private Assets.Answer get(
      String name, @Nullable String acceptEncoding, @Nullable String ifNoneMatch) {
    return assets.answer(hash(), name, acceptEncoding, ifNoneMatch);
  }

  private String hash() {
    return assets.path("app.js").split("/", -1)[2];
  }
}
