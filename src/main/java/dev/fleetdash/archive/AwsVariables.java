package dev.fleetdash.archive;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;

/**
 * Every variable and every setting of a profile that AWS's command line and SDK for Java know, with
 * what is done about it here. Immutable.
 */
public final class AwsVariables {
  /** What is done about a name. */
  public enum Use {
    /** It holds, as it does for AWS's own tools. */
    READ,
    /** It does not hold, although somebody who sets it may count on it; that is said. */
    UNREAD,
    /** Nothing that is asked of AWS here depends on it. */
    NOTHING
  }

  /**
   * A name.
   *
   * @param name a star at its end stands for anything
   * @param instead the mend, where it is not read
   */
  public record Name(String name, Use use, String instead) {
    private boolean is(String other) {
      return name.endsWith("*")
          ? other.startsWith(name.substring(0, name.length() - 1))
          : name.equals(other);
    }
  }

  /** The first that fits is the one. */
  static final List<Name> VARIABLES =
      Stream.of(
              all(
                  Use.READ,
                  """
                  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
                  AWS_PROFILE AWS_DEFAULT_PROFILE AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
                  AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE
                  AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
                  AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
                  AWS_CONTAINER_SERVICE_ENDPOINT
                  AWS_EC2_METADATA_DISABLED AWS_EC2_METADATA_SERVICE_ENDPOINT
                  AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
                  AWS_REGION AWS_DEFAULT_REGION
                  AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_STS AWS_ENDPOINT_URL_SSO
                  AWS_ENDPOINT_URL_SSO_OIDC AWS_IGNORE_CONFIGURED_ENDPOINT_URLS
                  AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_S3_US_EAST_1_REGIONAL_ENDPOINT
                  AWS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY NO_PROXY
                  AWS_MAX_ATTEMPTS AWS_RETRY_MODE AWS_SDK_UA_APP_ID
                  """),
              unread("AWS_ACCESS_KEY", "set AWS_ACCESS_KEY_ID"),
              unread("AWS_SECRET_KEY", "set AWS_SECRET_ACCESS_KEY"),
              unread("AWS_SECURITY_TOKEN", "set AWS_SESSION_TOKEN"),
              unread("AWS_CREDENTIAL_FILE", "set AWS_SHARED_CREDENTIALS_FILE"),
              unread("AWS_ENDPOINT", "set AWS_ENDPOINT_URL_S3"),
              unread("AWS_S3_ENDPOINT", "set AWS_ENDPOINT_URL_S3"),
              unread("AWS_S3_FORCE_PATH_STYLE", "set FLEETDASH_S3_PATH_STYLE"),
              unread("AWS_IMDS_USE_IPV6", "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"),
              unread("ALL_PROXY", "set HTTPS_PROXY"),
              // Puts carry a CRC32 of ours, or where the store refuses that an MD5, whatever is
              // set.
              all(
                  Use.NOTHING,
                  """
                  AWS_REQUEST_CHECKSUM_CALCULATION AWS_RESPONSE_CHECKSUM_VALIDATION
                  AWS_S3_DISABLE_EXPRESS_SESSION_AUTH
                  AWS_S3_USE_ARN_REGION AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS
                  AWS_STS_REGIONAL_ENDPOINTS AWS_DEFAULTS_MODE
                  AWS_EC2_METADATA_V1_DISABLED AWS_METADATA_SERVICE_TIMEOUT
                  AWS_METADATA_SERVICE_NUM_ATTEMPTS
                  AWS_ACCOUNT_ID AWS_ACCOUNT_ID_ENDPOINT_MODE AWS_ENDPOINT_DISCOVERY_ENABLED
                  AWS_ENDPOINT_URL_* AWS_DISABLE_HOST_PREFIX_INJECTION AWS_PARTITIONS_FILE
                  AWS_DISABLE_REQUEST_COMPRESSION AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES
                  AWS_SIGV4A_SIGNING_REGION_SET AWS_AUTH_SCHEME_PREFERENCE AWS_BEARER_TOKEN_*
                  AWS_NEW_RETRIES_2026 AWS_ENABLE_DEFAULT_SOCKET_TIMEOUT_2026
                  AWS_CREDENTIAL_EXPIRATION AWS_LOGIN_CACHE_DIRECTORY AWS_SDK_LOAD_CONFIG
                  AWS_EXECUTION_ENV AWS_LAMBDA_* AWS_CSM_* AWS_CLI_* AWS_DATA_PATH
                  AWS_DEFAULT_OUTPUT AWS_PAGER
                  SYNC_HTTP_SERVICE_IMPL ASYNC_HTTP_SERVICE_IMPL CBOR_ENABLED BINARY_ION_ENABLED
                  """))
          .flatMap(List::stream)
          .toList();

  /** The same of profiles. */
  static final List<Name> SETTINGS =
      Stream.of(
              all(
                  Use.READ,
                  """
                  aws_access_key_id aws_secret_access_key aws_session_token
                  role_arn role_session_name external_id source_profile
                  credential_source credential_process web_identity_token_file
                  sso_session sso_start_url sso_region sso_account_id sso_role_name
                  region endpoint_url services ignore_configured_endpoint_urls
                  use_fips_endpoint use_dualstack_endpoint s3_us_east_1_regional_endpoint
                  ca_bundle retry_mode sdk_ua_app_id
                  """),
              unread("mfa_serial", "choose a role that does without"),
              unread("login_session", "add a profile with credential_process"),
              unread(
                  "s3",
                  "set FLEETDASH_S3_PATH_STYLE for addressing_style, and use_dualstack_endpoint"
                      + " without it; an accelerated endpoint is not asked"),
              unread("max_attempts", "set AWS_MAX_ATTEMPTS"),
              unread("imds_use_ipv6", "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6"),
              unread("ec2_metadata_service_endpoint", "set AWS_EC2_METADATA_SERVICE_ENDPOINT"),
              unread(
                  "ec2_metadata_service_endpoint_mode",
                  "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
              all(
                  Use.NOTHING,
                  """
                  duration_seconds request_checksum_calculation response_checksum_validation
                  s3_disable_express_session_auth s3_use_arn_region
                  s3_disable_multiregion_access_points sts_regional_endpoints defaults_mode
                  ec2_metadata_v1_disabled metadata_service_timeout metadata_service_num_attempts
                  aws_account_id account_id_endpoint_mode aws_endpoint_discovery_enabled
                  endpoint_discovery_enabled disable_host_prefix_injection
                  disable_request_compression request_min_compression_size_bytes
                  sigv4a_signing_region_set auth_scheme_preference sso_registration_scopes
                  csm_* cli_* api_versions data_path output parameter_validation tcp_keepalive
                  """))
          .flatMap(List::stream)
          .toList();

  private AwsVariables() {}

  private static List<Name> all(Use use, String names) {
    return Arrays.stream(names.strip().split("\\s+", -1))
        .map(name -> new Name(name, use, ""))
        .toList();
  }

  private static List<Name> unread(String name, String instead) {
    return List.of(new Name(name, Use.UNREAD, instead));
  }

  /** What is known of the variable; empty where nothing is. */
  public static Optional<Name> of(String variable) {
    return in(VARIABLES, variable);
  }

  private static Optional<Name> in(List<Name> names, String name) {
    return names.stream().filter(known -> known.is(name)).findFirst();
  }

  /** The names that are read, in the order in which they are told. */
  public static List<String> read() {
    return VARIABLES.stream().filter(n -> n.use() == Use.READ).map(Name::name).toList();
  }

  /** A sentence for each that is set and not read. */
  public static List<String> unread(Map<String, String> variables) {
    List<String> said = new ArrayList<>();
    for (Name name : VARIABLES) {
      if (name.use() == Use.UNREAD && !variables.getOrDefault(name.name(), "").isBlank()) {
        said.add(name.name() + " is not read here; " + name.instead());
      }
    }
    return said;
  }

  /** The same of the profile that is chosen. */
  static List<String> unreadOfProfile() {
    try {
      return ProfileFile.defaultProfileFile()
          .profile(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
          .map(AwsVariables::unread)
          .orElseGet(List::of);
    } catch (RuntimeException _) {
      // Whoever needs the profile says so.
      return List.of();
    }
  }

  private static List<String> unread(Profile profile) {
    List<String> said = new ArrayList<>();
    for (Name name : SETTINGS) {
      if (name.use() == Use.UNREAD && profile.properties().containsKey(name.name())) {
        said.add(
            "%s in the AWS profile %s is not read here; %s"
                .formatted(name.name(), profile.name(), name.instead()));
      }
    }
    return said;
  }

  /** The README's table. */
  static String table() {
    return "| | variables | in a profile |\n|---|---|---|\n"
        + line("read, as by any AWS tool", Use.READ)
        + line("not read, which is said when it is set", Use.UNREAD)
        + line("without meaning here", Use.NOTHING);
  }

  private static String line(String what, Use use) {
    return "| %s | %s | %s |\n".formatted(what, list(VARIABLES, use), list(SETTINGS, use));
  }

  private static String list(List<Name> names, Use use) {
    return names.stream()
        .filter(name -> name.use() == use)
        .map(name -> "`" + name.name() + "`")
        .collect(Collectors.joining(", "));
  }
}
