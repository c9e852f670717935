package dev.fleetdash.web;

import org.jspecify.annotations.Nullable;

/**
 * Ends the handling of a request with an error answer. Cheap: it carries no stack, because it says
 * nothing about this code.
 */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ApiError error;
  private final @Nullable String field;

  ApiException(ApiError error, String message) {
    this(error, message, null);
  }

  /**
   * @param message what is wrong, and what mends it
   * @param field the parameter or header that is wrong
   */
  ApiException(ApiError error, String message, @Nullable String field) {
    super(message, null, false, false);
    this.error = error;
    this.field = field;
  }

  Problem problem() {
    return new Problem(error.status(), error.code(), String.valueOf(getMessage()), field);
  }
}
