package dev.fleetdash.web;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Compresses an answer that is sent once: speed before size, which only a subclass of the
 * platform's stream can say.
 */
final class FastGzip extends GZIPOutputStream {
  private static final int BUFFER_BYTES = 8192;

  FastGzip(OutputStream out) throws IOException {
    super(out, BUFFER_BYTES);
    def.setLevel(Deflater.BEST_SPEED);
  }

  /** Whether a request with that Accept-Encoding header takes a compressed answer. */
  static boolean taken(@Nullable String acceptEncoding) {
    if (acceptEncoding == null || !acceptEncoding.contains("gzip")) {
      return false;
    }
    for (String part : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
      String coding = part.replace(" ", "");
      if (coding.equals("gzip")
          || (coding.startsWith("gzip;q=") && !coding.matches("gzip;q=0(\\.0*)?"))) {
        return true;
      }
    }
    return false;
  }
}
