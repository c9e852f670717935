package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {
  @ParameterizedTest
  @CsvSource({
    "AWS_SECRET_ACCESS_KEY, hush, ***",
    "AWS_ACCESS_KEY_ID, hush, ***",
    "AWS_SESSION_TOKEN, hush, ***",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN, hush, ***",
    "AWS_ENDPOINT_URL_S3, https://me:hush@s3.local:9000/x, https://***@s3.local:9000/x",
    "AWS_ENDPOINT_URL_S3, https://me:hu/sh@s3.local, https://***@s3.local",
    "AWS_ENDPOINT_URL_S3, http://127.0.0.1:9000, http://127.0.0.1:9000",
    "AWS_WEB_IDENTITY_TOKEN_FILE, /run/token, /run/token",
    "AWS_SHARED_CREDENTIALS_FILE, /root/.aws/credentials, /root/.aws/credentials",
    "AWS_REGION, eu-central-1, eu-central-1",
    "FLEETDASH_PORT, 8080, 8080",
  })
  void valueIsShownAsFarAsItMayBe(String name, String value, String shown) {
    assertThat(Secrets.masked(name, value)).isEqualTo(shown);
  }
}
