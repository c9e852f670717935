package dev.fleetdash.archive;

import static dev.fleetdash.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.testing.CredentialServer;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked for credentials may never answer; whoever puts rows must not wait for it. */
class OwnCredentialsTest {
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir private Path directory;
  private CredentialServer server;
  private Map<String, String> properties = Map.of();

  @BeforeEach
  void start() throws IOException {
    server = new CredentialServer();
  }

  @AfterEach
  void stop() {
    properties.keySet().forEach(System::clearProperty);
    server.close();
  }

  private void askSts() throws IOException {
    set(
        Map.of(
            "aws.region",
            "eu-west-1",
            "aws.endpointUrlSts",
            server.endpoint(),
            "aws.roleArn",
            CredentialServer.ROLE,
            "aws.webIdentityTokenFile",
            file("token", CredentialServer.TOKEN)));
  }

  @Test
  void stsThatNeverAnswersIsGivenUpAndAskedAgainLater() throws IOException {
    askSts();
    server.hang();
    try (OwnCredentials own = new OwnCredentials(SHORT)) {
      await()
          .until(() -> {
            assertThatThrownBy(own::resolveCredentials)
                .hasMessageContaining("no credentials of AWS_ROLE_ARN with")
                .hasMessageContaining("no answer within 1 s")
                .satisfies(e ->
                    assertThat(CredentialsFault.in(e).orElseThrow().kind())
                        .isEqualTo(ArchiveException.Kind.UNREACHABLE));
            return server.requests().size() >= 2;
          });
    }
  }

  @Test
  void stsThatAnswersIsWaitedFor() throws IOException {
    askSts();
    try (OwnCredentials own = new OwnCredentials(Patience.LIMIT)) {
      assertThat(own.resolveCredentials().accessKeyId()).isEqualTo(S3Server.ACCESS_KEY);
    }
  }

  @Test
  void processThatHangsIsGivenUpAndNoSecondOneIsStarted() throws Exception {
    Path started = directory.resolve("started");
    set(
        Map.of(
            "aws.configFile",
            file(
                "config",
                "[default]\ncredential_process = sh -c \"echo $$ >> %s; exec sleep 600\"\n"
                    .formatted(started))));
    try (OwnCredentials own = new OwnCredentials(SHORT)) {
      await()
          .until(() -> {
            assertThatThrownBy(own::resolveCredentials)
                .hasMessageContaining("run its credential_process by hand");
            return Files.exists(started) && !Files.readAllLines(started).isEmpty();
          });
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(own::resolveCredentials).hasMessageContaining("no answer within");
      }
      assertThat(Files.readAllLines(started)).hasSize(1);
    } finally {
      ProcessHandle.of(Long.parseLong(Files.readString(started).strip()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private void set(Map<String, String> values) {
    properties = values;
    values.forEach(System::setProperty);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }
}
