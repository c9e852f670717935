package dev.fleetdash.archive;

import dev.fleetdash.archive.CredentialsSource.Form;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.profiles.ProfileProperty;

/**
 * Says why a source gave no credentials, and what mends it. Names of the SDK's exceptions for STS
 * and SSO are not mentioned, so that their classes are loaded by those who use them only.
 */
final class CredentialsFaults {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  private final CredentialsSource source;

  CredentialsFaults(CredentialsSource source) {
    this.source = source;
  }

  CredentialsFault explain(RuntimeException e) {
    if (source.form() == Form.INSTANCE) {
      return CredentialsFault.refused(
          "no AWS credentials; give the instance a role, set AWS_PROFILE, or set AWS_ACCESS_KEY_ID"
              + " and AWS_SECRET_ACCESS_KEY",
          e);
    }
    String none = "no credentials of " + source.name() + ": ";
    Optional<AwsServiceException> answer = cause(e, AwsServiceException.class);
    if (answer.isPresent()) {
      return answered(none, answer.get(), e);
    }
    Optional<String> unanswered = Unanswered.why(e);
    if (unanswered.isPresent()) {
      return CredentialsFault.unreachable(
          "%s%s; check %s and the AWS_ENDPOINT_URL_* variables"
              .formatted(none, unanswered.get(), Proxies.way(System.getenv())),
          e);
    }
    return CredentialsFault.refused(none + unasked(e), e);
  }

  private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> type) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return Optional.of(type.cast(cause));
      }
    }
    return Optional.empty();
  }

  private CredentialsFault answered(String none, AwsServiceException answer, RuntimeException e) {
    String code =
        answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null
            ? ""
            : answer.awsErrorDetails().errorCode();
    String told = answer.statusCode() + (code.isEmpty() ? "" : " " + code);
    boolean sso = answer.getClass().getPackageName().contains(".sso");
    if (answer.statusCode() >= 500 || answer.statusCode() == 429 || code.equals("Throttling")) {
      return CredentialsFault.unreachable(
          "%s%s is not able to answer now (%s); it is tried again"
              .formatted(none, sso ? "SSO" : "STS", told),
          e);
    }
    return CredentialsFault.refused(none + (sso ? sso(answer, told) : sts(code, told)), e);
  }

  private String sso(AwsServiceException answer, String told) {
    return switch (answer.statusCode()) {
      case FORBIDDEN, NOT_FOUND ->
          "SSO does not give the role %s of account %s to who signed in (%s); correct sso_role_name and sso_account_id, or have it assigned"
              .formatted(
                  ofSignedIn(ProfileProperty.SSO_ROLE_NAME),
                  ofSignedIn(ProfileProperty.SSO_ACCOUNT_ID),
                  told);
      case UNAUTHORIZED -> signIn("SSO does not know its token any more");
      default -> signIn("SSO refuses its token (" + told + ")");
    };
  }

  private String ofSignedIn(String property) {
    return source
        .profile()
        .flatMap(AwsProfile::signedIn)
        .flatMap(profile -> profile.property(property))
        .orElse("?");
  }

  private String sts(String code, String told) {
    String role =
        source.profile().flatMap(p -> p.property(ProfileProperty.ROLE_ARN)).orElse("AWS_ROLE_ARN");
    return switch (code) {
      case "AccessDenied", "AccessDeniedException" ->
          "STS denies the role %s (%s); its trust policy has to name who asks, who needs %s"
              .formatted(
                  role,
                  told,
                  source.form() == Form.WEB_IDENTITY
                      ? "a token of an issuer that it trusts"
                      : "sts:AssumeRole");
      case "InvalidIdentityToken",
          "IDPRejectedClaim",
          "ExpiredTokenException",
          "IDPCommunicationError" ->
          "STS does not accept the web identity token (%s); renew it, and see that the account trusts its issuer"
              .formatted(told);
      case "ExpiredToken" ->
          "the credentials that the role is assumed with have expired (%s); renew them"
              .formatted(told);
      case "InvalidClientTokenId", "UnrecognizedClientException" ->
          "STS does not know the access key id that the role is assumed with (%s); check source_profile"
              .formatted(told);
      case "SignatureDoesNotMatch" ->
          "the secret that the role is assumed with does not fit its access key id, or this host's clock is off (%s)"
              .formatted(told);
      case "RegionDisabledException" ->
          "STS is not active in this region (%s); activate it, or set another region in the profile"
              .formatted(told);
      default ->
          "STS refuses the role %s (%s); check role_arn and external_id".formatted(role, told);
    };
  }

  /** Nobody was asked: something is wrong or missing here. */
  private String unasked(RuntimeException e) {
    Optional<NoSuchFileException> missing = cause(e, NoSuchFileException.class);
    if (source.profile().flatMap(AwsProfile::signedIn).isPresent()) {
      return signIn("nobody is signed in, or no longer");
    }
    if (missing.isPresent()) {
      return "there is no file " + missing.get().getMessage();
    }
    return source
        .profile()
        .flatMap(AwsProfile::running)
        // What it printed may be a secret.
        .map(profile ->
            "the credential_process of the AWS profile %s failed or printed none; run it by hand, as the same user"
                .formatted(profile.name()))
        .orElseGet(() -> innermost(e));
  }

  private String signIn(String why) {
    return why
        + "; run aws sso login --profile "
        + source.profile().flatMap(AwsProfile::signedIn).map(AwsProfile::name).orElse("…");
  }

  private static String innermost(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
