package dev.fleetdash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.CredentialServer;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The shipped jar gets its credentials as people give them. The S3 server knows one key only, and
 * that one is given out by the server of credentials, or stands in the file or answer of the test.
 */
class CredentialsIT {
  private static final String START_URL = "https://people.awsapps.com/start";
  private static final String ASKING =
      "aws_access_key_id = %s\naws_secret_access_key = asking-secret\n"
          .formatted(CredentialServer.ASKING_KEY);
  private static final String ROLE = "role_arn = " + CredentialServer.ROLE + "\n";
  private static final String SSO_ROLE =
      "sso_account_id = 123456789012\nsso_role_name = archivist\n";
  private static final String SSO =
      SSO_ROLE + "sso_region = eu-west-1\nsso_start_url = " + START_URL + "\n";
  private static final String SESSION =
      "[sso-session people]\nsso_region = eu-west-1\nsso_start_url = " + START_URL + "\n";

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private S3Server s3;
  private CredentialServer credentials;
  private String output = "";

  @BeforeEach
  void start() throws Exception {
    // It knows no session tokens, and leaves them out.
    s3 = S3Server.forOthers("fleet");
    credentials = new CredentialServer();
    environment.putAll(s3.environment("s3://fleet"));
    environment.keySet().removeIf(name -> name.contains("_KEY"));
    environment.putAll(credentials.environment());
    environment.put("HOME", directory.toString());
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
  }

  @AfterEach
  void stop() {
    credentials.close();
    s3.close();
  }

  @Test
  void roleOfASourceProfileIsAssumed() throws Exception {
    profiles("[default]\n" + ROLE + "source_profile = base\n[profile base]\n" + ASKING);

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests()).containsExactly("sts AssumeRole");
  }

  @Test
  void credentialSourceOfARoleIsAskedFirst() throws Exception {
    profiles("[profile ops]\n" + ROLE + "credential_source = EcsContainer\n[services x]\n");
    environment.put("AWS_PROFILE", "ops");
    environment.put("AWS_CONTAINER_CREDENTIALS_FULL_URI", credentials.endpoint() + "/container");
    environment.put("AWS_CONTAINER_AUTHORIZATION_TOKEN", CredentialServer.TOKEN);

    assertThat(run()).as(output).isOne();

    // The agent gives S3's key, and that one may not assume roles.
    assertThat(credentials.requests()).containsExactly("container /container", "sts AssumeRole");
    assertThat(output)
        .contains("the AWS profile ops", "STS denies the role " + CredentialServer.ROLE);
  }

  @Test
  void webIdentityIsExchangedForARole() throws Exception {
    environment.put("AWS_ROLE_ARN", CredentialServer.ROLE);
    environment.put("AWS_WEB_IDENTITY_TOKEN_FILE", file("token", CredentialServer.TOKEN));

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests()).containsExactly("sts AssumeRoleWithWebIdentity");
  }

  @Test
  void webIdentityOfAProfileIsExchangedToo() throws Exception {
    profiles(
        "[profile ops]\n"
            + ROLE
            + "web_identity_token_file = "
            + file("token", CredentialServer.TOKEN)
            + "\n");
    environment.put("AWS_PROFILE", "ops");

    assertThat(run()).as(output).isZero();
  }

  @Test
  void whoSignedInBySsoIsServed() throws Exception {
    profiles("[profile people]\n" + SSO);
    environment.put("AWS_PROFILE", "people");
    signedIn(START_URL, "2999-01-01T00:00:00Z");

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests()).containsExactly("sso /federation/credentials");
  }

  @Test
  void whoSignedInBySsoSessionIsServed() throws Exception {
    profiles("[profile people]\nsso_session = people\n" + SSO_ROLE + SESSION);
    environment.put("AWS_PROFILE", "people");
    signedIn("people", "2999-01-01T00:00:00Z");

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests()).containsExactly("sso /federation/credentials");
  }

  @Test
  void tokenOfAnSsoSessionIsRenewed() throws Exception {
    profiles("[profile people]\nsso_session = people\n" + SSO_ROLE + SESSION);
    environment.put("AWS_PROFILE", "people");
    Files.writeString(
        signedIn("people", "2020-01-01T00:00:00Z"),
        """
        {"accessToken":"old","expiresAt":"2020-01-01T00:00:00Z","refreshToken":"%s","clientId":"c","clientSecret":"s",
         "registrationExpiresAt":"2999-01-01T00:00:00Z","region":"eu-west-1","startUrl":"%s"}\
        """
            .formatted(CredentialServer.REFRESH_TOKEN, START_URL));

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests())
        .containsExactly("oidc /token", "sso /federation/credentials");
  }

  @Test
  void processOfAProfileIsRun() throws Exception {
    profiles(
        "[profile ops]\ncredential_process = cat "
            + file("printed", CredentialServer.json())
            + "\n");
    environment.put("AWS_PROFILE", "ops");

    assertThat(run()).as(output).isZero();
  }

  @Test
  void agentOfAContainerIsAsked() throws Exception {
    environment.put("AWS_CONTAINER_CREDENTIALS_FULL_URI", credentials.endpoint() + "/container");
    environment.put(
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file("authorization", CredentialServer.TOKEN));

    assertThat(run()).as(output).isZero();

    assertThat(credentials.requests()).containsExactly("container /container");
  }

  @Test
  void keysOfAProfileInTheCredentialsFileAreUsed() throws Exception {
    environment.put(
        "AWS_SHARED_CREDENTIALS_FILE",
        file(
            "credentials",
            "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                .formatted(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)));

    assertThat(run()).as(output).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "people, 2020-01-01T00:00:00Z, people",
    "people, none, people",
    "role-of-people, 2020-01-01T00:00:00Z, people",
    "session, 2020-01-01T00:00:00Z, session",
    "session, none, session",
  })
  void whoIsNotSignedInAnyMoreIsToldHowToSignIn(String profile, String expires, String signIn)
      throws Exception {
    profiles(
        "[profile people]\n"
            + SSO
            + "[profile role-of-people]\nsource_profile = people\n"
            + ROLE
            + "[profile session]\nsso_session = people\n"
            + SSO_ROLE
            + SESSION);
    environment.put("AWS_PROFILE", profile);
    if (!expires.equals("none")) {
      signedIn(START_URL, expires);
      signedIn("people", expires);
    }

    assertThat(run()).isOne();

    assertThat(output)
        .contains("no credentials of the AWS profile " + profile)
        .contains("run aws sso login --profile " + signIn)
        .doesNotContain("\tat ");
    assertThat(s3.faults().requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "people|401|UnauthorizedException|run aws sso login --profile people",
        "people|403|ForbiddenException|SSO does not give the role archivist of account"
            + " 123456789012",
        "people|503|ServiceUnavailable|SSO is not able to answer now",
        "ops|403|AccessDenied|STS denies the role " + CredentialServer.ROLE + " (403 AccessDenied)",
        "ops|403|InvalidClientTokenId|STS does not know the access key id",
        "ops|403|ExpiredToken|the credentials that the role is assumed with have expired",
        "ops|503|ServiceUnavailable|STS is not able to answer now",
        "identity|400|InvalidIdentityToken|STS does not accept the web identity token",
      })
  void refusalNamesProfileReasonAndMend(String profile, int status, String code, String told)
      throws Exception {
    profiles(
        "[profile people]\n"
            + SSO
            + "[profile ops]\nsource_profile = base\n"
            + ROLE
            + "[profile base]\n"
            + ASKING
            + "[profile identity]\nweb_identity_token_file = "
            + file("token", CredentialServer.TOKEN)
            + "\n"
            + ROLE);
    signedIn(START_URL, "2999-01-01T00:00:00Z");
    environment.put("AWS_PROFILE", profile);
    credentials.refuse(status, code);

    assertThat(run()).isOne();

    assertThat(output)
        .contains("no credentials of the AWS profile " + profile, told)
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "other|there is no AWS profile other in",
        "process|the credential_process of the AWS profile process failed",
        "circle|Circular relationship",
        "nowhere|no-such-profile",
        "signed-in|aws configure export-credentials --profile signed-in --format process",
        "mfa|has an mfa_serial",
        "identity|there is no file /no/such/token",
      })
  void whatIsWrongInTheFilesIsSaid(String profile, String told) throws Exception {
    profiles(
        "[profile process]\ncredential_process = echo a-secret >&2; exit 3\n"
            + "[profile circle]\nsource_profile = circle2\n"
            + ROLE
            + "[profile circle2]\nsource_profile = circle\n"
            + ROLE
            + "[profile nowhere]\nsource_profile = no-such-profile\n"
            + ROLE
            + "[profile signed-in]\nlogin_session = arn:aws:iam::123456789012:user/me\n"
            + "[profile mfa]\nsource_profile = process\nmfa_serial = arn:aws:iam::1:mfa/me\n"
            + ROLE
            + "[profile identity]\nweb_identity_token_file = /no/such/token\n"
            + ROLE);
    environment.put("AWS_PROFILE", profile);

    assertThat(run()).isOne();

    assertThat(output).contains(told).doesNotContain("a-secret").doesNotContain("\tat ");
    assertThat(s3.faults().requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_ACCESS_KEY, AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN",
  })
  void halfOfWhatBelongsTogetherIsRefused(String set, String missing) throws Exception {
    environment.put(set, "x");

    assertThat(run()).isOne();

    assertThat(output).contains(set + " is set without " + missing);
  }

  @ParameterizedTest
  @CsvSource({"http://127.0.0.1:1, nothing answers", "http://sts.invalid, is not known"})
  void serverOfCredentialsThatIsAwayIsWeather(String endpoint, String told) throws Exception {
    profiles("[default]\n" + ROLE + "source_profile = base\n[profile base]\n" + ASKING);
    environment.put("AWS_ENDPOINT_URL_STS", endpoint);

    assertThat(run()).isOne();

    assertThat(output)
        .contains("no credentials of the AWS profile default: ", told)
        .doesNotContain("\tat ");
  }

  @Test
  void withNothingSetUpItSaysWhatMayBe() throws Exception {
    assertThat(run()).isOne();

    assertThat(output)
        .contains(
            "no AWS credentials; give the instance a role, set AWS_PROFILE, or set"
                + " AWS_ACCESS_KEY_ID");
  }

  @Test
  void withKeysNothingOfRolesAndSsoIsLoaded() throws Exception {
    Path loaded = directory.resolve("loaded");
    environment.putAll(s3.environment("s3://fleet"));
    environment.put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + loaded);

    assertThat(run()).as(output).isZero();

    assertThat(Files.readString(loaded))
        .contains(" software.amazon.awssdk.services.s3.S3Client ")
        .doesNotContain(" software.amazon.awssdk.services.ss")
        .doesNotContain(" software.amazon.awssdk.services.sts")
        .doesNotContain(" software.amazon.awssdk.protocols.json.");
  }

  /** One command that lists the archive; answers its exit code. */
  private int run() throws Exception {
    try (RunningJar jar = RunningJar.start(directory, environment, "--compact")) {
      int code = jar.exitCode();
      output = jar.output();
      return code;
    }
  }

  private void profiles(String text) throws Exception {
    environment.put("AWS_CONFIG_FILE", file("config", text));
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  /** What the AWS CLI leaves when somebody has signed in; it is named after the session or URL. */
  private Path signedIn(String session, String expires) throws Exception {
    Path cache = Files.createDirectories(directory.resolve(".aws/sso/cache"));
    String name =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-1").digest(session.getBytes(UTF_8)));
    return Files.writeString(
        cache.resolve(name + ".json"),
        "{\"accessToken\":\"%s\",\"expiresAt\":\"%s\",\"region\":\"eu-west-1\",\"startUrl\":\"%s\"}"
            .formatted(CredentialServer.TOKEN, expires, START_URL));
  }
}
