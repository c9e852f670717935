package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import java.util.Locale;
import java.util.Optional;
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

  private final String location;
  private final String bucket;

  S3Faults(String location, String bucket) {
    this.location = location;
    this.bucket = bucket;
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

  private Fault answered(AwsServiceException e, Action action) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null || details.errorCode() == null ? "" : details.errorCode();
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
      return elsewhere(region);
    }
    if (status == 401 || status == 403) {
      return new Fault(
          Kind.REFUSED,
          "S3 denies access (" + answer + "); allow " + action.permission + " on bucket " + bucket);
    }
    if (status >= 500 || status == 429 || status == 408 || code.equals("RequestTimeout")) {
      return new Fault(
          Kind.UNREACHABLE, "S3 is not able to answer now (" + answer + "); it is tried again");
    }
    return new Fault(
        Kind.REFUSED,
        "S3 refuses the request ("
            + answer
            + ", request id "
            + e.requestId()
            + "); check FLEETDASH_ARCHIVE and AWS_*");
  }

  private Fault elsewhere(Optional<String> region) {
    return new Fault(
        Kind.REFUSED,
        region
            .map(r -> "the bucket is in region " + r + ": set AWS_REGION=" + r)
            .orElse("the bucket is in another region: set AWS_REGION to it"));
  }

  private static Fault unanswered(SdkException e) {
    Optional<CredentialsFault> nobody = CredentialsFault.in(e);
    if (nobody.isPresent()) {
      return new Fault(nobody.get().kind(), nobody.get().why());
    }
    return new Fault(
        Kind.UNREACHABLE,
        Unanswered.why(e).orElseGet(() -> "the connection failed: " + e.getMessage())
            + "; check the network and AWS_ENDPOINT_URL_S3");
  }
}
