package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.CredentialServer;
import dev.fleetdash.testing.ForwardProxy;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.StrangeStore;
import dev.fleetdash.testing.StrangeStore.Quirk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the shipped jar makes of AWS's variables, as its requests show. Hosts of AWS's are asked of
 * a proxy, which knows none.
 */
class AwsVariablesIT {
  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private StrangeStore store;
  private ForwardProxy proxy;
  private String output = "";

  @BeforeEach
  void start() throws Exception {
    store = new StrangeStore();
    proxy = new ForwardProxy();
    environment.putAll(
        Map.of(
            "FLEETDASH_ARCHIVE", "s3://bucket",
            "AWS_ENDPOINT_URL_S3", store.endpoint().toString(),
            "AWS_REGION", "eu-west-1",
            "AWS_ACCESS_KEY_ID", "a-key",
            "AWS_SECRET_ACCESS_KEY", "a-secret",
            "AWS_EC2_METADATA_DISABLED", "true",
            "HTTPS_PROXY", proxy.address(),
            "HOME", directory.toString()));
    // Whatever is wrong here, no name server is asked for a host of AWS's.
    environment.put("JDK_JAVA_OPTIONS", "-Djdk.net.hosts.file=" + file("hosts", "\n"));
  }

  @AfterEach
  void stop() throws Exception {
    proxy.close();
    store.close();
  }

  @ParameterizedTest
  @CsvSource({"AWS_REGION, eu-north-1", "AWS_DEFAULT_REGION, eu-south-1"})
  void regionIsTheOneOfEitherVariable(String variable, String region) throws Exception {
    environment.remove("AWS_REGION");
    environment.put(variable, region);

    assertThat(run()).as(output).isZero();

    assertThat(signed()).contains("Credential=a-key/").contains("/" + region + "/s3/");
  }

  @Test
  void ofTwoRegionsTheNewerVariablesHolds() throws Exception {
    environment.put("AWS_DEFAULT_REGION", "eu-south-1");

    run();

    assertThat(signed()).contains("/eu-west-1/s3/");
  }

  @Test
  void roleIsAssumedInTheRegionOfTheOlderVariable() throws Exception {
    try (CredentialServer credentials = new CredentialServer()) {
      environment.keySet().removeIf(name -> name.matches("AWS_.*(KEY|REGION).*"));
      environment.put("AWS_DEFAULT_REGION", "eu-south-1");
      environment.putAll(credentials.environment());
      environment.put("AWS_ROLE_ARN", CredentialServer.ROLE);
      environment.put("AWS_ROLE_SESSION_NAME", "web-1");
      environment.put("AWS_WEB_IDENTITY_TOKEN_FILE", file("token", CredentialServer.TOKEN));

      assertThat(run()).as(output).isZero();

      assertThat(credentials.parameters("RoleSessionName")).containsExactly("web-1");
      assertThat(signed()).contains("/eu-south-1/s3/");
    }
  }

  @Test
  void sessionTokenIsSent() throws Exception {
    environment.put("AWS_SESSION_TOKEN", "a-token");

    assertThat(run()).as(output).isZero();

    assertThat(first("X-amz-security-token")).isEqualTo("a-token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
  void profileIsChosenByEitherVariable(String variable) throws Exception {
    environment.keySet().removeIf(name -> name.contains("_KEY"));
    environment.put("AWS_CONFIG_FILE", file("config", "[profile ops]\nregion = eu-west-3\n"));
    environment.put(
        "AWS_SHARED_CREDENTIALS_FILE",
        file("credentials", "[ops]\naws_access_key_id = of-ops\naws_secret_access_key = s\n"));
    environment.put(variable, "ops");

    assertThat(run()).as(output).isZero();

    assertThat(signed()).contains("Credential=of-ops/");
  }

  @Test
  void agentOfAContainerIsAskedByItsPath() throws Exception {
    try (CredentialServer credentials = new CredentialServer()) {
      environment.keySet().removeIf(name -> name.contains("_KEY"));
      environment.put("AWS_CONTAINER_SERVICE_ENDPOINT", credentials.endpoint());
      environment.put("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/container/role");
      environment.put("AWS_CONTAINER_AUTHORIZATION_TOKEN", CredentialServer.TOKEN);

      assertThat(run()).as(output).isZero();

      assertThat(credentials.requests()).containsExactly("container /container/role");
      assertThat(signed()).contains("Credential=" + S3Server.ACCESS_KEY + "/");
    }
  }

  @Test
  void endpointOfAllServicesIsThatOfS3Too() throws Exception {
    environment.remove("AWS_ENDPOINT_URL_S3");
    environment.put("AWS_ENDPOINT_URL", store.endpoint().toString());

    assertThat(run()).as(output).isZero();

    assertThat(store.seen()).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_USE_FIPS_ENDPOINT, true, bucket.s3-fips.eu-west-1.amazonaws.com",
    "AWS_USE_DUALSTACK_ENDPOINT, true, bucket.s3.dualstack.eu-west-1.amazonaws.com",
  })
  void hostOfAwsIsTheOneThatVariablesAskFor(String variable, String value, String host)
      throws Exception {
    environment.remove("AWS_ENDPOINT_URL_S3");
    environment.put(variable, value);

    assertThat(run()).isOne();

    assertThat(proxy.seen()).isNotEmpty().allMatch(("CONNECT " + host + ":443")::equals);
  }

  @ParameterizedTest
  @CsvSource({
    "regional, bucket.s3.us-east-1.amazonaws.com",
    "legacy, bucket.s3.amazonaws.com",
  })
  void firstRegionsHostIsTheOneThatTheVariableAsksFor(String value, String host) throws Exception {
    environment.remove("AWS_ENDPOINT_URL_S3");
    environment.put("AWS_REGION", "us-east-1");
    environment.put("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", value);

    assertThat(run()).isOne();

    assertThat(proxy.seen()).isNotEmpty().allMatch(("CONNECT " + host + ":443")::equals);
  }

  @ParameterizedTest
  @ValueSource(strings = {"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"})
  void variantOfAwsHostsIsNoneOfAnotherStore(String variable) throws Exception {
    environment.put(variable, "true");

    assertThat(run()).isOne();

    assertThat(output).contains(variable).contains("unset").doesNotContain("\tat ");
    assertThat(store.seen()).isEmpty();
  }

  @Test
  void configuredEndpointsAreIgnoredWhereThatIsAskedFor() throws Exception {
    environment.put("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");

    assertThat(run()).isOne();

    assertThat(store.seen()).isEmpty();
    assertThat(proxy.seen()).isNotEmpty().allMatch(asked -> asked.contains(".amazonaws.com:443"));
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_MAX_ATTEMPTS, 1, 1",
    "AWS_MAX_ATTEMPTS, 2, 2",
    "AWS_RETRY_MODE, standard, 3",
    "AWS_RETRY_MODE, legacy, 4",
  })
  void storeIsAskedAsOftenAsVariablesSay(String variable, String value, int times)
      throws Exception {
    store.become(Quirk.AWAY);
    environment.put(variable, value);

    assertThat(run()).isOne();

    assertThat(store.seen()).hasSize(times);
  }

  @Test
  void nameOfTheApplicationIsSent() throws Exception {
    environment.put("AWS_SDK_UA_APP_ID", "our-fleet");

    run();

    assertThat(first("User-agent")).contains("app/our-fleet");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_fips_endpoint = true|bucket.s3-fips.eu-west-1.amazonaws.com",
        "use_dualstack_endpoint = true|bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "region = eu-south-2|bucket.s3.eu-south-2.amazonaws.com",
        "region = us-east-1;s3_us_east_1_regional_endpoint = regional"
            + "|bucket.s3.us-east-1.amazonaws.com",
        "endpoint_url = http://127.0.0.1:1;ignore_configured_endpoint_urls = true"
            + "|bucket.s3.eu-west-1.amazonaws.com",
      })
  void hostOfAwsIsTheOneThatTheProfileAsksFor(String settings, String host) throws Exception {
    environment.remove("AWS_ENDPOINT_URL_S3");
    if (settings.startsWith("region")) {
      environment.remove("AWS_REGION");
    }
    profile(settings.replace(';', '\n'));

    assertThat(run()).isOne();

    assertThat(proxy.seen()).isNotEmpty().allMatch(("CONNECT " + host + ":443")::equals);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"endpoint_url = %s", "services = x\n[services x]\ns3 =\n  endpoint_url = %s"})
  void storeIsTheOneThatTheProfileNames(String settings) throws Exception {
    environment.remove("AWS_ENDPOINT_URL_S3");
    profile(settings.formatted(store.endpoint()));

    assertThat(run()).as(output).isZero();

    assertThat(store.seen()).isNotEmpty();
  }

  @Test
  void storeIsAskedAsOftenAsTheProfileSays() throws Exception {
    store.become(Quirk.AWAY);
    profile("retry_mode = legacy");

    assertThat(run()).isOne();

    assertThat(store.seen()).hasSize(4);
  }

  @Test
  void nameOfTheApplicationInTheProfileIsSent() throws Exception {
    profile("sdk_ua_app_id = our-fleet");

    run();

    assertThat(first("User-agent")).contains("app/our-fleet");
  }

  @Test
  void keysAndTokenOfTheProfileAreSent() throws Exception {
    environment.keySet().removeIf(name -> name.contains("_KEY"));
    profile("aws_access_key_id = of-it\naws_secret_access_key = s\naws_session_token = of-it-too");

    assertThat(run()).as(output).isZero();

    assertThat(signed()).contains("Credential=of-it/");
    assertThat(first("X-amz-security-token")).isEqualTo("of-it-too");
  }

  @ParameterizedTest
  @CsvSource({
    "role_session_name = web-1, RoleSessionName, web-1",
    "external_id = of-us, ExternalId, of-us",
  })
  void roleIsAssumedAsTheProfileSays(String setting, String parameter, String value)
      throws Exception {
    try (CredentialServer credentials = new CredentialServer()) {
      environment.keySet().removeIf(name -> name.contains("_KEY"));
      environment.putAll(credentials.environment());
      profile(
          "role_arn = %s\nsource_profile = base\n%s\n[profile base]\n"
                  .formatted(CredentialServer.ROLE, setting)
              + "aws_access_key_id = %s\naws_secret_access_key = s"
                  .formatted(CredentialServer.ASKING_KEY));

      assertThat(run()).as(output).isZero();

      assertThat(credentials.parameters(parameter)).containsExactly(value);
    }
  }

  private void profile(String settings) throws Exception {
    environment.put("AWS_CONFIG_FILE", file("config", "[default]\n" + settings + "\n"));
  }

  @Test
  void whatIsSetInVainIsSaidOnceAtTheStart() throws Exception {
    environment.put("AWS_SECURITY_TOKEN", "hush");
    environment.put(
        "AWS_CONFIG_FILE", file("config", "[default]\ns3 =\n  addressing_style = path\n"));

    assertThat(run()).as(output).isZero();

    assertThat(output)
        .containsOnlyOnce("AWS_SECURITY_TOKEN is not read here; set AWS_SESSION_TOKEN")
        .containsOnlyOnce("s3 in the AWS profile default is not read here")
        .doesNotContain("hush");
  }

  private String signed() {
    return first("Authorization");
  }

  private String first(String header) {
    return store.seen().stream()
        .map(seen -> String.valueOf(seen.headers().getFirst(header)))
        .findFirst()
        .orElse("");
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  /** One command that lists the archive; answers its exit code. */
  private int run() throws Exception {
    try (RunningJar jar = RunningJar.start(directory, environment, "--compact")) {
      int code = jar.exitCode();
      output = jar.output();
      return code;
    }
  }
}
