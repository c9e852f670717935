package dev.fleetdash.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The pages' static files, read from the class path and compressed when the first one is asked for.
 *
 * <p>All of them live under one hash over all their contents, {@code /assets/<hash>/<name>}:
 * scripts import each other by relative names, and no page ever mixes two releases. What is not in
 * the list below is not served. Safe for use by several threads.
 */
public final class Assets {
  private static final String OWN = "/assets/";
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
  private static final SortedMap<String, String> SOURCES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("aggregate.js", OWN),
              Map.entry("app.js", OWN),
              Map.entry("charts.js", OWN),
              Map.entry("clock.js", OWN),
              Map.entry("columns.js", OWN),
              Map.entry("controls.js", OWN),
              Map.entry("dom.js", OWN),
              Map.entry("events.js", OWN),
              Map.entry("filter.js", OWN),
              Map.entry("fleet.js", OWN),
              Map.entry("form.js", OWN),
              Map.entry("format.js", OWN),
              Map.entry("gather.js", OWN),
              Map.entry("health.js", OWN),
              Map.entry("hosts.js", OWN),
              Map.entry("lanes.js", OWN),
              Map.entry("live.js", OWN),
              Map.entry("marks.js", OWN),
              Map.entry("rows.js", OWN),
              Map.entry("sparks.js", OWN),
              Map.entry("specs.js", OWN),
              Map.entry("state.js", OWN),
              Map.entry("stream.js", OWN),
              Map.entry("tables.js", OWN),
              Map.entry("theme.js", OWN),
              Map.entry("tiles.js", OWN),
              Map.entry("totals.js", OWN),
              Map.entry("view.js", OWN),
              Map.entry("fleetdash.css", OWN),
              Map.entry("mark.svg", OWN),
              Map.entry("uPlot.iife.min.js", UPLOT),
              Map.entry("uPlot.min.css", UPLOT)));
  private static final Map<String, String> TYPES =
      Map.of(
          "js",
          "text/javascript; charset=utf-8",
          "css",
          "text/css; charset=utf-8",
          "svg",
          "image/svg+xml");

  /** An HTTP answer; the body is not to be changed. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Answer(int status, Map<String, String> headers, byte[] body) {}

  @SuppressWarnings("ArrayRecordComponent")
  private record File(String type, String etag, byte[] plain, byte[] gzipped) {}

  private record Loaded(String hash, Map<String, File> files) {}

  private volatile @Nullable Loaded loaded;

  /** The path at which the file of that name is served. */
  public String path(String name) {
    if (!SOURCES.containsKey(name)) {
      throw new IllegalArgumentException("no such asset: " + name);
    }
    return "/assets/" + loaded().hash() + "/" + name;
  }

  /**
   * Answers {@code GET /assets/<hash>/<name>}.
   *
   * @param acceptEncoding the request's header, or null
   * @param ifNoneMatch likewise
   */
  public Answer answer(
      String hash, String name, @Nullable String acceptEncoding, @Nullable String ifNoneMatch) {
    Loaded all = loaded();
    File file = all.files().get(name);
    if (file == null || !hash.equals(all.hash())) {
      return new Answer(
          404,
          Map.of("Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store"),
          "not found\n".getBytes(StandardCharsets.UTF_8));
    }
    boolean gzip = FastGzip.taken(acceptEncoding);
    String etag = "\"" + file.etag() + (gzip ? "-gzip\"" : "\"");
    Map<String, String> headers = new TreeMap<>();
    headers.put("Cache-Control", "public, max-age=31536000, immutable");
    headers.put("ETag", etag);
    headers.put("Vary", "Accept-Encoding");
    if (ifNoneMatch != null && ifNoneMatch.contains(etag)) {
      return new Answer(304, headers, new byte[0]);
    }
    headers.put("Content-Type", file.type());
    if (gzip) {
      headers.put("Content-Encoding", "gzip");
    }
    return new Answer(200, headers, gzip ? file.gzipped() : file.plain());
  }

  private Loaded loaded() {
    Loaded present = loaded;
    return present == null ? load() : present;
  }

  private synchronized Loaded load() {
    Loaded present = loaded;
    if (present != null) {
      return present;
    }
    MessageDigest all = sha256();
    Map<String, File> files = new TreeMap<>();
    SOURCES.forEach((name, folder) -> {
      byte[] bytes = read(folder + name);
      byte[] digest = sha256().digest(bytes);
      all.update(digest);
      String type =
          TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
      files.put(name, new File(type, hex(digest), bytes, gzip(bytes)));
    });
    Loaded made = new Loaded(hex(all.digest()), Map.copyOf(files));
    loaded = made;
    return made;
  }

  private static byte[] read(String resource) {
    try (InputStream in = Assets.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("not on the class path: " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("read " + resource, e);
    }
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2);
    try (GZIPOutputStream gzip = new Smallest(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("compress in memory", e);
    }
    return out.toByteArray();
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest, 0, 8);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Compressed once and sent for ever: worth the best level, which only a subclass can set. */
  private static final class Smallest extends GZIPOutputStream {
    Smallest(ByteArrayOutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
