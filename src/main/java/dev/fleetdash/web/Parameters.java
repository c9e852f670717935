package dev.fleetdash.web;

import dev.fleetdash.sample.Nearest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A query string, taken strictly: each parameter is one the path takes, is there once, and is
 * well-formed UTF-8 under its percent signs.
 *
 * <p>A {@code +} stays a plus sign: no value has a space in it, and the offset of an RFC 3339 time
 * begins with one.
 */
final class Parameters {
  private final Map<String, String> values;

  private Parameters(Map<String, String> values) {
    this.values = values;
  }

  /**
   * @param query as it was sent, or null where there was none
   * @param names what the path takes
   */
  static Parameters of(@Nullable String query, List<String> names) {
    if (query == null || query.isEmpty()) {
      return new Parameters(Map.of());
    }
    Map<String, String> values = new HashMap<>();
    for (String pair : query.split("&", -1)) {
      if (!pair.isEmpty()) {
        add(values, pair, names);
      }
    }
    return new Parameters(values);
  }

  private static void add(Map<String, String> values, String pair, List<String> names) {
    int equals = pair.indexOf('=');
    String name = decoded(equals < 0 ? pair : pair.substring(0, equals), null);
    if (!names.contains(name)) {
      String takes =
          names.isEmpty()
              ? "this path takes no parameters"
              : "this path takes " + String.join(", ", names);
      throw new ApiException(
          ApiError.UNKNOWN_PARAMETER,
          "unknown parameter '"
              + Text.brief(name)
              + "'"
              + Nearest.hint(name, names)
              + " ("
              + takes
              + ")",
          Text.brief(name));
    }
    if (values.put(name, decoded(equals < 0 ? "" : pair.substring(equals + 1), name)) != null) {
      throw new ApiException(
          ApiError.DUPLICATE_PARAMETER,
          "'" + name + "' is given more than once; separate several values by commas",
          name);
    }
  }

  /** The value, or empty where the parameter is missing. */
  Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name));
  }

  private static String decoded(String text, @Nullable String field) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    ByteBuffer bytes = ByteBuffer.allocate(text.length() * 3);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      boolean whole = i + 2 < text.length();
      int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw malformed(field);
      }
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException _) {
      throw malformed(field);
    }
  }

  private static ApiException malformed(@Nullable String field) {
    return new ApiException(
        ApiError.BAD_REQUEST,
        "malformed percent-encoding in the query: '%' begins two hexadecimal digits of UTF-8, and stands for itself as %25",
        field);
  }
}
