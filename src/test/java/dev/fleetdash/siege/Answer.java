package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * An answer as it came over the wire.
 *
 * @param fields their names in small letters; of those that are there twice the last
 * @param body the beginning of it, {@link #KEPT} bytes at most; nothing of a stream
 */
@SuppressWarnings("ArrayRecordComponent")
record Answer(int status, Map<String, String> fields, byte[] body) {
  private static final int KEPT = 64 * 1024;
  private static final int HEAD = 64 * 1024;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3})(?: .*)?");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What only somebody who reads the code has use for. */
  private static final Pattern INSIDES =
      Pattern.compile(
          "[a-z]\\.[A-Z]\\w+(Exception|Error)\\b|\\bat"
              + " [\\w.$]+\\(|\\b(java|javax|jakarta|dev\\.fleetdash|org\\.eclipse|io\\.javalin|kotlin|tools\\.jackson)\\.\\w+\\.");

  /**
   * Reads the next answer, and all of its body, but of a stream the head alone.
   *
   * @param head whether the request was a HEAD, which has no body
   * @return empty where the connection ended before one began
   * @throws IOException where what came is no answer, or it broke off
   */
  static Optional<Answer> read(InputStream in, boolean head) throws IOException {
    String line = line(in);
    if (line.isEmpty()) {
      return Optional.empty();
    }
    Matcher status = STATUS.matcher(line);
    if (!status.matches()) {
      throw new IOException("this is no answer: " + line);
    }
    Map<String, String> fields = new TreeMap<>();
    int length = line.length();
    for (String field = line(in); !field.isEmpty(); field = line(in)) {
      length += field.length();
      if (length > HEAD) {
        throw new IOException("the head of the answer is larger than " + HEAD + " bytes");
      }
      int colon = field.indexOf(':');
      if (colon < 0) {
        throw new IOException("this is no field of an answer: " + field);
      }
      fields.put(
          field.substring(0, colon).toLowerCase(Locale.ROOT), field.substring(colon + 1).strip());
    }
    int code = Integer.parseInt(status.group(1));
    Answer begun = new Answer(code, fields, new byte[0]);
    boolean none = head || code < 200 || code == 204 || code == 304 || begun.streams();
    return Optional.of(none ? begun : new Answer(code, fields, body(in, fields)));
  }

  private static byte[] body(InputStream in, Map<String, String> fields) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (fields.getOrDefault("transfer-encoding", "").equals("chunked")) {
      long size = chunk(in);
      while (size > 0) {
        copy(in, size, body);
        line(in);
        size = chunk(in);
      }
      line(in);
    } else if (fields.containsKey("content-length")) {
      copy(in, Long.parseLong(fields.get("content-length")), body);
    } else {
      copy(in, Long.MAX_VALUE, body);
    }
    return body.toByteArray();
  }

  private static long chunk(InputStream in) throws IOException {
    String size = line(in);
    if (size.isEmpty()) {
      throw new EOFException("the answer broke off");
    }
    return Long.parseLong(size, 16);
  }

  private static void copy(InputStream in, long length, ByteArrayOutputStream to)
      throws IOException {
    byte[] buffer = new byte[8192];
    for (long left = length; left > 0; ) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        if (length == Long.MAX_VALUE) {
          return;
        }
        throw new EOFException("the answer broke off");
      }
      to.write(buffer, 0, Math.max(0, Math.min(count, KEPT - to.size())));
      left -= count;
    }
  }

  /** Without its end; empty also where there is no more. */
  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(64);
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() > HEAD) {
        throw new IOException("a line of the answer is longer than " + HEAD + " bytes");
      }
      line.write(next);
    }
    return line.toString(ISO_8859_1).replace("\r", "");
  }

  String field(String name) {
    return fields.getOrDefault(name, "");
  }

  /** Whether it is never over. */
  boolean streams() {
    return field("content-type").startsWith("text/event-stream");
  }

  String text() {
    return new String(body, UTF_8);
  }

  boolean refuses() {
    return status >= 400;
  }

  /**
   * What is wrong with it as a refusal: it has a code for programs and a sentence for people, and
   * says nothing of what the server is made of. Empty where it is right.
   *
   * @param bodiless whether it may be without a body, as for HEAD
   */
  Optional<String> fault(boolean bodiless) {
    if (!refuses() || (bodiless && body.length == 0)) {
      return Optional.empty();
    }
    if (status == 500) {
      return Optional.of("500");
    }
    String text = text();
    if (INSIDES.matcher(text).find()) {
      return Optional.of("it tells of the insides: " + text);
    }
    if (field("content-type").startsWith("text/html")) {
      return Optional.empty();
    }
    try {
      JsonNode error = JSON.readTree(text).path("error");
      boolean whole =
          error.path("code").asString("").matches("[a-z0-9_]+")
              && error.path("message").asString("").length() > 10;
      return whole ? Optional.empty() : Optional.of("no code and sentence: " + text);
    } catch (JacksonException _) {
      return Optional.of("no JSON: " + text);
    }
  }
}
