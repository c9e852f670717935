package dev.fleetdash.archive;

import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * An answer that S3 does not give: of a console, a proxy or a portal in its place. Nothing follows
 * from it, neither that an object is there nor that it is not.
 */
final class StrangeAnswerException extends SdkClientException {
  private static final long serialVersionUID = 1L;
  private static final int OK = 200;

  /**
   * @param what it was, as in {@code 200 with a web page}
   */
  StrangeAnswerException(String what) {
    super(SdkClientException.builder().message(what));
  }

  /** Refuses an answer that counts as success to the client, but is none of S3's. */
  static void check(SdkHttpResponse answer) {
    checkStatus(answer);
    String type = answer.firstMatchingHeader("Content-Type").orElse("");
    if (type.regionMatches(true, 0, "text/html", 0, 9)
        || type.regionMatches(true, 0, "application/xhtml", 0, 17)) {
      throw new StrangeAnswerException("200 with a web page");
    }
  }

  /** Refuses a success of another kind, whatever is in it. */
  static void checkStatus(SdkHttpResponse answer) {
    if (answer.statusCode() != OK) {
      throw new StrangeAnswerException(answer.statusCode() + " where S3 says 200");
    }
  }
}
