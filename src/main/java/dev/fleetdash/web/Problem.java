package dev.fleetdash.web;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * An error answer.
 *
 * @param code stable, for programs
 * @param message for people: what is wrong, and what mends it
 * @param field the parameter or header that is wrong, where there is one
 */
record Problem(int status, String code, String message, @Nullable String field) {
  private static final String MALFORMED = "the request is malformed";

  /**
   * The answer for a status that the HTTP machinery decided on; {@code reason} is its own words, if
   * any.
   */
  static Problem ofStatus(int status, @Nullable String reason) {
    return switch (status) {
      case 400 ->
          of(
              ApiError.BAD_REQUEST,
              reason == null || reason.equals("Bad Request")
                  ? MALFORMED
                  : MALFORMED + ": " + reason);
      case 404 -> of(ApiError.NOT_FOUND, "there is nothing at this path");
      case 405 -> of(ApiError.METHOD_NOT_ALLOWED, "this path answers GET and HEAD only");
      case 408 -> of(ApiError.REQUEST_TIMEOUT, "the request did not arrive in time");
      case 413 -> of(ApiError.BODY_TOO_LARGE, "the request's body is too large; no path takes one");
      case 414 -> of(ApiError.URI_TOO_LONG, "the address is longer than 8 KiB");
      case 421 -> of(ApiError.BAD_HOST, "the request is for another host");
      case 426 ->
          of(
              ApiError.UPGRADE_REQUIRED,
              "the request asks for another protocol; ask with HTTP/1.1, without Upgrade");
      case 431 ->
          of(ApiError.HEADERS_TOO_LARGE, "the request's header fields are larger than 8 KiB");
      case 501 ->
          of(ApiError.NOT_IMPLEMENTED, "the request asks for something that no path here does");
      case 505 ->
          of(ApiError.HTTP_VERSION, "this server speaks HTTP/1.0 and HTTP/1.1; ask with HTTP/1.1");
      default ->
          status < 500
              ? new Problem(
                  status, ApiError.BAD_REQUEST.code(), "the request cannot be served", null)
              : new Problem(
                  status,
                  ApiError.INTERNAL.code(),
                  "something failed in this process; its log says what",
                  null);
    };
  }

  private static Problem of(ApiError error, String message) {
    return new Problem(error.status(), error.code(), message, null);
  }

  /** As in the contract, in UTF-8. */
  byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator out = Json.to(bytes)) {
      out.writeStartObject();
      out.writeName("error");
      out.writeStartObject();
      out.writeStringProperty("code", code);
      out.writeStringProperty("message", message);
      if (field != null) {
        out.writeStringProperty("field", field);
      }
      out.writeEndObject();
      out.writeEndObject();
    }
    return bytes.toByteArray();
  }
}
