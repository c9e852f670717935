package dev.fleetdash.archive;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.core.SdkSystemSetting;

/**
 * A place that credentials come from.
 *
 * @param name what people call it, as in "no credentials of …"
 * @param profile that has them; empty where a variable or the machine has
 */
record CredentialsSource(
    Form form, String name, Optional<AwsProfile> profile, AwsCredentialsProvider provider) {

  /** How credentials are had. */
  enum Form {
    KEYS,
    ROLE,
    WEB_IDENTITY,
    SSO,
    PROCESS,
    CONTAINER,
    INSTANCE
  }

  /**
   * The first place that is set up.
   *
   * @throws CredentialsFault where it is set up by half
   */
  static CredentialsSource find() {
    if (isSet(SdkSystemSetting.AWS_ACCESS_KEY_ID, SdkSystemSetting.AWS_SECRET_ACCESS_KEY)) {
      return keys();
    }
    if (isSet(SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE)) {
      return webIdentity();
    }
    Optional<AwsProfile> profile = AwsProfile.chosen();
    if (profile.isPresent()) {
      return ofProfile(profile.get());
    }
    if (isSet(
        SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_FULL_URI,
        SdkSystemSetting.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)) {
      return of(
          Form.CONTAINER,
          "the container, AWS_CONTAINER_CREDENTIALS_*",
          ContainerCredentialsProvider.create());
    }
    return of(Form.INSTANCE, "the instance", InstanceProfileCredentialsProvider.create());
  }

  private static CredentialsSource keys() {
    boolean property = System.getProperty(SdkSystemSetting.AWS_ACCESS_KEY_ID.property()) != null;
    together(SdkSystemSetting.AWS_ACCESS_KEY_ID, SdkSystemSetting.AWS_SECRET_ACCESS_KEY);
    together(SdkSystemSetting.AWS_SECRET_ACCESS_KEY, SdkSystemSetting.AWS_ACCESS_KEY_ID);
    return of(
        Form.KEYS,
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        property
            ? SystemPropertyCredentialsProvider.create()
            : EnvironmentVariableCredentialsProvider.create());
  }

  private static CredentialsSource webIdentity() {
    together(SdkSystemSetting.AWS_WEB_IDENTITY_TOKEN_FILE, SdkSystemSetting.AWS_ROLE_ARN);
    return of(
        Form.WEB_IDENTITY,
        "AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE",
        WebIdentityTokenFileCredentialsProvider.create());
  }

  private static CredentialsSource ofProfile(AwsProfile profile) {
    return new CredentialsSource(
        profile.form(),
        "the AWS profile " + profile.name(),
        Optional.of(profile),
        profile.provider());
  }

  private static CredentialsSource of(Form form, String name, AwsCredentialsProvider provider) {
    return new CredentialsSource(form, name, Optional.empty(), provider);
  }

  private static boolean isSet(SdkSystemSetting... settings) {
    return Arrays.stream(settings)
        .anyMatch(setting -> setting.getStringValue().filter(text -> !text.isBlank()).isPresent());
  }

  private static void together(SdkSystemSetting set, SdkSystemSetting needed) {
    if (isSet(set) && !isSet(needed)) {
      throw CredentialsFault.refused(
          "%s is set without %s; set both or neither"
              .formatted(set.environmentVariable(), needed.environmentVariable()));
    }
  }

  /** Says that it gave none in time. */
  CredentialsFault late(Duration bound) {
    return CredentialsFault.unreachable(
        "no credentials of %s: no answer within %d s; %s"
            .formatted(
                name,
                Math.ceilDiv(bound.toMillis(), 1000),
                form == Form.PROCESS
                    ? "run its credential_process by hand, as the same user"
                    : "check "
                        + Proxies.way(System.getenv())
                        + " and the AWS_ENDPOINT_URL_* variables"),
        null);
  }

  /** Says why this gave no credentials. */
  CredentialsFault fault(RuntimeException e) {
    return new CredentialsFaults(this).explain(e);
  }
}
