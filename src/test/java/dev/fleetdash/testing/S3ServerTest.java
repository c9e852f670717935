package dev.fleetdash.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ServerTest {
  private S3Server server;
  private S3Client client;

  @BeforeEach
  void start() throws IOException {
    server = new S3Server("bucket");
    client = server.client();
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void keyThatExistsIsNotPutAgain() {
    put(client, "first");

    assertThatThrownBy(() -> put(client, "second"))
        .isInstanceOfSatisfying(S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
    assertThat(get()).isEqualTo("first");
  }

  @Test
  void missingKeyIsToldApart() {
    assertThatThrownBy(this::get).isInstanceOf(NoSuchKeyException.class);
  }

  @Test
  void wrongSecretIsRefused() {
    var wrong = StaticCredentialsProvider.create(AwsBasicCredentials.create("nobody", "nothing"));

    try (S3Client stranger =
        S3Client.builder()
            .endpointOverride(server.endpoint())
            .forcePathStyle(true)
            .region(S3Server.REGION)
            .credentialsProvider(wrong)
            .build()) {
      assertThatThrownBy(() -> put(stranger, "x"))
          .isInstanceOfSatisfying(
              S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
    }
  }

  @Test
  void outageKeepsPortAndObjects() {
    put(client, "kept");
    URI before = server.endpoint();

    server.stop();
    assertThatThrownBy(this::get).isInstanceOf(SdkClientException.class);
    server.start();

    assertThat(server.endpoint()).isEqualTo(before);
    assertThat(get()).isEqualTo("kept");
  }

  private static void put(S3Client client, String body) {
    client.putObject(
        request -> request.bucket("bucket").key("v1/raw/dt=2026-11-23/a").ifNoneMatch("*"),
        RequestBody.fromString(body));
  }

  private String get() {
    return client
        .getObjectAsBytes(request -> request.bucket("bucket").key("v1/raw/dt=2026-11-23/a"))
        .asUtf8String();
  }
}
