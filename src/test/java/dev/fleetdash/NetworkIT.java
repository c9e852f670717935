package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.CredentialServer;
import dev.fleetdash.testing.ForwardProxy;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.RunningJar;
import dev.fleetdash.testing.S3Server;
import dev.fleetdash.testing.TlsFront;
import java.net.URI;
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
 * The shipped jar in a company's network, where the store and STS are names that only a proxy
 * knows, behind certificates that only the company believes.
 */
class NetworkIT {
  private static final String STORE = "store.invalid";
  private static final String STS = "sts.invalid";

  @TempDir private Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private ForwardProxy proxy;
  private S3Server s3;
  private TlsFront store;
  private String output = "";

  @BeforeEach
  void start() throws Exception {
    proxy = new ForwardProxy();
    s3 = S3Server.forOthers("fleet");
    store = new TlsFront(directory, s3.endpoint().getPort(), STORE, STS);
    proxy.knows(STORE, store.port());
    environment.putAll(s3.environment("s3://fleet"));
    environment.put("AWS_ENDPOINT_URL_S3", "https://" + STORE);
    environment.put("AWS_EC2_METADATA_DISABLED", "true");
    environment.put("HOME", directory.toString());
  }

  @AfterEach
  void stop() throws Exception {
    store.close();
    s3.close();
    proxy.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTPS_PROXY", "https_proxy"})
  void bucketBehindAProxyIsReachedThroughATunnel(String variable) throws Exception {
    environment.put(variable, proxy.address());
    environment.put("AWS_CA_BUNDLE", store.certificate().toString());

    assertThat(run()).as(output).isZero();

    assertThat(proxy.seen()).isNotEmpty().allMatch(("CONNECT " + STORE + ":443")::equals);
  }

  @Test
  void proxyIsToldTheUserAndPasswordThatItsAddressHas() throws Exception {
    proxy.demand("me:p@ss");
    environment.put("HTTPS_PROXY", proxy.address("me:p%40ss"));
    environment.put("AWS_CA_BUNDLE", store.certificate().toString());

    assertThat(run()).as(output).isZero();

    assertThat(String.join("\n", s3.faults().requests())).doesNotContainIgnoringCase("proxy-auth");
  }

  @ParameterizedTest
  @CsvSource({
    "HTTPS_PROXY, https, the proxy of HTTPS_PROXY wants another user and password",
    "HTTP_PROXY, http, a proxy does that wants another user and password than HTTP_PROXY has",
  })
  void proxyThatRefusesAPasswordIsNamedAndThePasswordIsNot(
      String variable, String scheme, String told) throws Exception {
    proxy.demand("me:right");
    environment.put(variable, proxy.address("me:hush"));
    environment.put("AWS_ENDPOINT_URL_S3", scheme + "://" + STORE);

    assertThat(run()).isOne();

    assertThat(output).contains(told).doesNotContain("hush").doesNotContain("\tat ");
  }

  @Test
  void proxyThatDoesNotLeadThereIsNamed() throws Exception {
    environment.put("HTTPS_PROXY", proxy.address());
    environment.put("AWS_ENDPOINT_URL_S3", "https://elsewhere.invalid");

    assertThat(run()).isOne();

    assertThat(output).contains("the proxy of HTTPS_PROXY does not lead there (403)");
  }

  @Test
  void proxyThatIsAwayIsAmongWhatIsToBeLookedAt() throws Exception {
    environment.put("HTTPS_PROXY", "http://127.0.0.1:1");

    assertThat(run()).isOne();

    assertThat(output)
        .contains("nothing answers at its address; check the network, the proxy of HTTPS_PROXY");
  }

  @Test
  void endpointWithoutTlsIsAskedThroughHttpProxyAndNotThroughTheOther() throws Exception {
    proxy.knows(STORE, s3.endpoint().getPort());
    proxy.demand("me:right");
    environment.put("HTTP_PROXY", proxy.address("me:right"));
    environment.put("HTTPS_PROXY", "http://127.0.0.1:1");
    environment.put("AWS_ENDPOINT_URL_S3", "http://" + STORE);

    assertThat(run()).as(output).isZero();

    assertThat(proxy.seen()).isNotEmpty().allMatch(asked -> asked.contains("http://" + STORE));
  }

  @Test
  void proxyForPlainHttpIsNoneForTls() throws Exception {
    environment.put("HTTP_PROXY", proxy.address());

    assertThat(run()).isOne();

    assertThat(output).contains("the host " + STORE + " is not known");
    assertThat(proxy.seen()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "10.0.0.1, 127.0.0.0/8", "*", "x,127.0.0.1"})
  void whomNoProxyNamesIsAskedWithoutOne(String without) throws Exception {
    environment.put("HTTP_PROXY", proxy.address());
    environment.put("NO_PROXY", without);
    environment.put("AWS_ENDPOINT_URL_S3", s3.endpoint().toString());

    assertThat(run()).as(output).isZero();

    assertThat(proxy.seen()).isEmpty();
  }

  @Test
  void stsIsAskedThroughTheProxyAndByTheSameCertificates() throws Exception {
    try (CredentialServer credentials = new CredentialServer();
        TlsFront sts = new TlsFront(directory, URI.create(credentials.endpoint()).getPort(), STS)) {
      proxy.knows(STS, sts.port());
      environment.keySet().removeIf(name -> name.contains("_KEY"));
      environment.put("HTTPS_PROXY", proxy.address());
      environment.put("AWS_ENDPOINT_URL_STS", "https://" + STS);
      environment.put("AWS_ROLE_ARN", CredentialServer.ROLE);
      environment.put(
          "AWS_WEB_IDENTITY_TOKEN_FILE",
          Files.writeString(directory.resolve("token"), CredentialServer.TOKEN).toString());
      environment.put(
          "AWS_CA_BUNDLE",
          Files.writeString(
                  directory.resolve("both.pem"),
                  "# ours\n"
                      + Files.readString(store.certificate())
                      + "\n"
                      + Files.readString(sts.certificate()))
              .toString());

      assertThat(run()).as(output).isZero();

      assertThat(proxy.seen()).contains("CONNECT " + STS + ":443", "CONNECT " + STORE + ":443");
      assertThat(credentials.requests()).containsExactly("sts AssumeRoleWithWebIdentity");
    }
  }

  @Test
  void certificatesOfTheProfileAreBelievedToo() throws Exception {
    environment.put("HTTPS_PROXY", proxy.address());
    environment.put(
        "AWS_CONFIG_FILE",
        Files.writeString(
                directory.resolve("config"), "[default]\nca_bundle = " + store.certificate() + "\n")
            .toString());

    assertThat(run()).as(output).isZero();
  }

  @Test
  void whoIsNotBelievedIsSaid() throws Exception {
    environment.put("HTTPS_PROXY", proxy.address());

    assertThat(run()).isOne();

    assertThat(output).contains("no secure connection: ").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AWS_CA_BUNDLE|/no/such/file|the certificates of AWS_CA_BUNDLE cannot be read:"
            + " /no/such/file is not there",
        "AWS_CA_BUNDLE|/dev/null|there are no certificates in /dev/null",
        "HTTPS_PROXY|socks5://me:hush@10.0.0.9|the proxy of HTTPS_PROXY is not asked by http://",
        "HTTPS_PROXY|https://me:hush@10.0.0.9|the proxy of HTTPS_PROXY is not asked by http://",
        "https_proxy|http://me:hu sh@10.0.0.9|the proxy of HTTPS_PROXY is not an address",
      })
  void whatCannotBeUsedIsSaidWithItsMend(String variable, String value, String told)
      throws Exception {
    environment.put(variable, value);

    assertThat(run()).isOne();

    assertThat(output).contains(told).doesNotContain("hush").doesNotContain("\tat ");
  }

  @Test
  void theMetadataServiceIsNotAskedThroughAProxy() throws Exception {
    try (MetadataServer metadata = new MetadataServer()) {
      environment.remove("AWS_EC2_METADATA_DISABLED");
      environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint());
      environment.put("HTTP_PROXY", proxy.address());
      environment.put("NO_PROXY", URI.create(s3.endpoint().toString()).getAuthority());
      environment.put("AWS_ENDPOINT_URL_S3", s3.endpoint().toString());
      environment.keySet().removeIf(name -> name.contains("_KEY"));

      assertThat(run()).isOne();

      assertThat(metadata.requests()).isNotEmpty();
      assertThat(proxy.seen()).isEmpty();
    }
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
