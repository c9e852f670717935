package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|https://b.s3.eu-west-1.amazonaws.com/k|p:3128",
        "|http://b.s3.eu-west-1.amazonaws.com/k|q:80",
        "amazonaws.com|https://b.s3.eu-west-1.amazonaws.com/k|",
        ".amazonaws.com|https://b.s3.eu-west-1.amazonaws.com/k|",
        "*.AmazonAWS.com|https://B.S3.eu-west-1.amazonaws.com/k|",
        "zonaws.com|https://b.s3.eu-west-1.amazonaws.com/k|p:3128",
        "localhost, ,  minio|http://minio:9000/b/k|",
        "minio:9000|http://minio:9000/b/k|",
        "minio:443|https://minio/b/k|",
        "minio:9001|http://minio:9000/b/k|q:80",
        "10.0.0.0/8|http://10.1.2.3:9000/b|",
        "10.1.2.3|http://10.1.2.3:9000/b|",
        "10.1.2.4|http://10.1.2.3:9000/b|q:80",
        "2.3|http://10.1.2.3:9000/b|q:80",
        "[fd00::1]|http://[fd00::1]:9000/b|",
        "fd00::/8|http://[fd00::1]:9000/b|",
        "*|https://b.s3.eu-west-1.amazonaws.com/k|",
        "10.0.0.1/8|http://10.1.2.3:9000/b|q:80",
      })
  void aHostIsAskedAsTheVariablesSay(String without, URI uri, String through) {
    Proxies proxies =
        Proxies.of(
            Map.of(
                "HTTPS_PROXY",
                "p:3128",
                "HTTP_PROXY",
                "http://q/",
                "NO_PROXY",
                without == null ? "" : without));

    assertThat(proxies.of(uri).map(Object::toString)).isEqualTo(Optional.ofNullable(through));
  }

  @Test
  void smallLettersGoFirst() {
    Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://a:1", "https_proxy", "http://b:2"));

    assertThat(proxies.of(URI.create("https://x")).map(Object::toString)).contains("b:2");
  }

  @Test
  void withoutVariablesEveryoneIsAskedWithout() {
    assertThat(Proxies.of(Map.of("HTTPS_PROXY", " "))).isEqualTo(Proxies.NONE);
  }

  @Test
  void aPasswordIsNotShown() {
    Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://me:hush%21@p:1"));

    assertThat(proxies.toString()).contains("p:1").doesNotContain("hush");
    assertThat(proxies.https().orElseThrow().login()).contains("me:hush!");
  }
}
