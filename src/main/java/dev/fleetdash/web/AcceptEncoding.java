package dev.fleetdash.web;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The Accept-Encoding header of a request. */
final class AcceptEncoding {
  private AcceptEncoding() {}

  static boolean takesGzip(@Nullable String header) {
    if (header == null || !header.contains("gzip")) {
      return false;
    }
    for (String part : header.toLowerCase(Locale.ROOT).split(",", -1)) {
      String coding = part.replace(" ", "");
      if (coding.equals("gzip") || (coding.startsWith("gzip;q=") && !coding.matches("gzip;q=0(\\.0*)?"))) {
        return true;
      }
    }
    return false;
  }
}
