package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Says what a failure of S3 means and what mends it. The server's own words are left out: they can
 * hold parts of credentials.
 */
final class S3Faults {
  /** What was asked of S3, and the permission it takes. */
  enum Action {
    PUT("s3:PutObject"),
    GET("s3:GetObject and s3:ListBucket"),
    /** Of what was just put. */
    HEAD("s3:GetObject"),
    LIST("s3:ListBucket");

    private final String permission;

    Action(String permission) {
      this.permission = permission;
    }

    /** As in a name: {@code put}. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern CODE = Pattern.compile("[A-Za-z][A-Za-z0-9.]{0,63}");
  private static final int NOT_IMPLEMENTED = 501;
  private static final int PROXY = 407;

  /** What a portal says to those who have not signed in (RFC 6585). */
  private static final int PORTAL = 511;

  /** Whatever the status: some come with a 400, and some with a 200. */
  private static final Set<String> TRANSIENT =
      Set.of("InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown");

  private final String location;
  private final String bucket;
  private final String way;

  /**
   * @param way as {@link Proxies#way} has it
   */
  S3Faults(String location, String bucket, String way) {
    this.location = location;
    this.bucket = bucket;
    this.way = way;
  }

  ArchiveException explain(SdkException e, Action action, String key) {
    String failed = "cannot " + action.word() + " " + key + " in " + location + ": ";
    if (e instanceof AwsServiceException answer) {
      Fault fault = answered(answer, action);
      return new ArchiveException(fault.kind, failed + fault.why, e);
    }
    if (e instanceof AbortedException) {
      Thread.currentThread().interrupt();
    }
    Fault fault = unanswered(e);
    return new ArchiveException(fault.kind, failed + fault.why, e);
  }

  private record Fault(Kind kind, String why) {}

  /** S3's name for the error; empty where the answer has none, and so is not S3's. */
  static String code(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null ? null : details.errorCode();
    return code != null && CODE.matcher(code).matches() ? code : "";
  }

  private Fault answered(AwsServiceException e, Action action) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = code(e);
    Optional<String> region =
        details == null || details.sdkHttpResponse() == null
            ? Optional.empty()
            : details.sdkHttpResponse().firstMatchingHeader("x-amz-bucket-region");
    return switch (code) {
      case "NoSuchBucket" ->
          new Fault(
              Kind.MISSING,
              "there is no bucket " + bucket + "; create it or correct FLEETDASH_ARCHIVE");
      case "InvalidAccessKeyId" ->
          new Fault(
              Kind.REFUSED,
              "S3 does not know the access key id; check the credentials (AWS_ACCESS_KEY_ID,"
                  + " profile or role)");
      case "SignatureDoesNotMatch" ->
          new Fault(
              Kind.REFUSED,
              "the secret does not fit the access key id; check AWS_SECRET_ACCESS_KEY or the"
                  + " profile");
      case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken" ->
          new Fault(
              Kind.REFUSED, "the session token is invalid or has expired; renew the credentials");
      case "RequestTimeTooSkewed", "RequestExpired" ->
          new Fault(Kind.REFUSED, "this host's clock is off; check chrony/NTP");
      case "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException" ->
          elsewhere(region);
      default -> byStatus(e, code, region, action);
    };
  }

  private Fault byStatus(
      AwsServiceException e, String code, Optional<String> region, Action action) {
    int status = e.statusCode();
    String answer = status + (code.isEmpty() ? "" : " " + code);
    if (status == 301 || status == 307) {
      return code.isEmpty() && region.isEmpty()
          ? strange(status + ", which leads elsewhere")
          : elsewhere(region);
    }
    if (S3Manner.refusesPathStyle(e)) {
      return new Fault(
          Kind.REFUSED,
          "the store wants the bucket in front of its host name ("
              + answer
              + "), where it is not reached: AWS_ENDPOINT_URL_S3 has to be a name, under which the"
              + " DNS knows "
              + bucket
              + " too; and unset FLEETDASH_S3_PATH_STYLE");
    }
    if (code.isEmpty() && status == PROXY) {
      return strange(
          "407, as a proxy does that wants another user and password than HTTP_PROXY has");
    }
    if (code.isEmpty() && status != NOT_IMPLEMENTED && isTransient(status)) {
      return unable(answer);
    }
    if (code.isEmpty() && !(action == Action.HEAD && isDenial(status))) {
      // S3 says with every refusal what it is, but to a HEAD.
      return strange(status + " without the reason that S3 gives");
    }
    if (isDenial(status)) {
      return new Fault(
          Kind.REFUSED,
          "S3 denies access (" + answer + "); allow " + action.permission + " on bucket " + bucket);
    }
    if (status == NOT_IMPLEMENTED) {
      return new Fault(
          Kind.REFUSED,
          "the store does not know what it is asked for ("
              + answer
              + "); use one that has S3's conditional writes");
    }
    if (isTransient(status) || TRANSIENT.contains(code)) {
      return unable(answer);
    }
    return new Fault(
        Kind.REFUSED,
        "S3 refuses the request ("
            + answer
            + ", request id "
            + e.requestId()
            + "); check FLEETDASH_ARCHIVE and AWS_*");
  }

  private static boolean isDenial(int status) {
    return status == 401 || status == 403;
  }

  private static boolean isTransient(int status) {
    return (status >= 500 && status != PORTAL) || status == 429 || status == 408;
  }

  private static Fault unable(String answer) {
    return new Fault(
        Kind.UNREACHABLE, "S3 is not able to answer now (" + answer + "); it is tried again");
  }

  /** Whoever answers stands where S3 should, and may go away again. */
  private static Fault strange(String what) {
    return new Fault(
        Kind.UNREACHABLE,
        "the endpoint answers, but not as S3 does: "
            + what
            + "; is AWS_ENDPOINT_URL_S3 a console or proxy?");
  }

  private Fault elsewhere(Optional<String> region) {
    return new Fault(
        Kind.REFUSED,
        region
            .map(r -> "the bucket is in region " + r + ": set AWS_REGION=" + r)
            .orElse("the bucket is in another region: set AWS_REGION to it"));
  }

  private Fault unanswered(SdkException e) {
    Optional<CredentialsFault> nobody = CredentialsFault.in(e);
    if (nobody.isPresent()) {
      return new Fault(nobody.get().kind(), nobody.get().why());
    }
    if (String.valueOf(e.getMessage()).contains("custom endpoint")) {
      return new Fault(
          Kind.REFUSED,
          "AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT are for AWS's own hosts; unset them,"
              + " or AWS_ENDPOINT_URL_S3");
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof StrangeAnswerException strange) {
        return strange(String.valueOf(strange.getMessage()));
      }
      if (cause instanceof XMLStreamException) {
        return strange("200 with what is not XML, or only a part of it");
      }
    }
    return new Fault(
        Kind.UNREACHABLE,
        Unanswered.why(e).orElseGet(() -> "the connection failed: " + e.getMessage())
            + "; check "
            + way
            + " and AWS_ENDPOINT_URL_S3");
  }
}
