package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AssetsTest {
  private static final int FIRST_VIEW_BYTES = 60_000;
  private static final List<String> FIRST_VIEW =
      List.of(
          "app.js",
          "charts.js",
          "columns.js",
          "dom.js",
          "fleet.js",
          "format.js",
          "health.js",
          "live.js",
          "stream.js",
          "tables.js",
          "tiles.js",
          "view.js",
          "theme.js",
          "fleetdash.css",
          "mark.svg",
          "uPlot.iife.min.js",
          "uPlot.min.css");

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

  @Test
  void allFilesTogetherLeaveRoomForThePage() {
    int bytes = FIRST_VIEW.stream().mapToInt(name -> get(name, "gzip", null).body().length).sum();

    assertThat(bytes).isLessThan(FIRST_VIEW_BYTES - 12_000);
  }

  private Assets.Answer get(
      String name, @Nullable String acceptEncoding, @Nullable String ifNoneMatch) {
    return assets.answer(hash(), name, acceptEncoding, ifNoneMatch);
  }

  private String hash() {
    return assets.path("app.js").split("/", -1)[2];
  }
}
