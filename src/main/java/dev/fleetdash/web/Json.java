package dev.fleetdash.web;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** The one JSON factory of the answers. */
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM).build();

  private Json() {}

  /** Writes UTF-8; closing it closes the stream. */
  static JsonGenerator to(OutputStream stream) {
    return FACTORY.createGenerator(ObjectWriteContext.empty(), stream);
  }

  /** What {@code writer} writes, in UTF-8. */
  static byte[] bytes(Consumer<JsonGenerator> writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator out = to(bytes)) {
      writer.accept(out);
    }
    return bytes.toByteArray();
  }

  /** {@code text} as a JSON string, with its quotes. */
  static String string(String text) {
    return new String(bytes(out -> out.writeString(text)), StandardCharsets.UTF_8);
  }
}
