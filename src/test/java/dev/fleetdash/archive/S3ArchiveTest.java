package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.S3Server;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

class S3ArchiveTest {
  private static S3Server server;

  private final Telemetry telemetry = new Telemetry(InstantSource.system());
  private final String location = "s3://bucket/" + Long.toHexString(System.nanoTime());
  private S3Archive archive;

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() {
    archive = at(server.connection());
  }

  @AfterEach
  void close() throws Exception {
    archive.close();
    server.faults().heal();
  }

  @Test
  void wrongSecretIsNamed() {
    assertFails(
        at(as(S3Server.ACCESS_KEY, "another-secret")),
        Kind.REFUSED,
        "the secret does not fit",
        "AWS_SECRET_ACCESS_KEY",
        "another-secret");
  }

  @Test
  void unknownKeyIdIsNamed() {
    assertFails(
        at(as("nobody", "another-secret")),
        Kind.REFUSED,
        "does not know the access key id",
        "AWS_ACCESS_KEY_ID",
        "another-secret");
  }

  @Test
  void missingBucketIsNamed() {
    S3Archive elsewhere = server.archive("s3://no-such-bucket/x", telemetry);

    assertFails(
        elsewhere,
        Kind.MISSING,
        "there is no bucket no-such-bucket",
        "create it or correct FLEETDASH_ARCHIVE",
        S3Server.SECRET_KEY);
  }

  @Test
  void serverThatIsDownIsUnreachableUntilItIsBack() throws Exception {
    server.stop();
    assertFails(
        archive, Kind.UNREACHABLE, "nothing answers", "AWS_ENDPOINT_URL_S3", S3Server.SECRET_KEY);

    server.start();
    assertThat(archive.putIfAbsent("k", bytes("x"))).isTrue();
  }

  @Test
  void hostNobodyKnowsIsUnreachable() {
    S3Connection right = server.connection();
    S3Archive nowhere =
        at(
            new S3Connection(
                URI.create("http://s3.invalid"),
                "eu-west-1",
                "a",
                "b",
                right.attempt(),
                right.call()));

    assertFails(
        nowhere, Kind.UNREACHABLE, "is not known", "check the network", S3Server.SECRET_KEY);
  }

  @Test
  void serverThatHangsIsGivenUp() {
    server.faults().always(new Fault.Hang());
    S3Archive impatient =
        at(server.connection().within(Duration.ofMillis(300), Duration.ofMillis(700)));

    // It never answers, so without the bound this would not return.
    assertFails(
        impatient, Kind.UNREACHABLE, "no answer in time", "check the network", S3Server.SECRET_KEY);
  }

  @Test
  void serverThatIsBusyForAMomentIsAskedAgainAndEachRequestIsCounted() throws Exception {
    server.faults().next(2, "PUT", new Fault.Answer(503, "SlowDown"));

    archive.put("k", bytes("12345"));

    assertThat(archive.get("k", 10)).isPresent();
    archive.list("", 10);
    archive.folders("");
    assertThat(count("archive_requests", "put")).isEqualTo(3);
    assertThat(count("archive_requests", "get")).isEqualTo(1);
    assertThat(count("archive_requests", "list")).isEqualTo(2);
    assertThat(count("archive_sent_bytes", "")).isEqualTo(15);
    assertThat(count("archive_received_bytes", "")).isGreaterThan(100);
  }

  @Test
  void answerThatIsLostAfterAPutLeavesTheObjectAsItWasPut() throws Exception {
    server.faults().next(1, "PUT", new Fault.LoseAnswer());

    assertThat(archive.putIfAbsent("k", bytes("x"))).isFalse();

    assertThat(archive.get("k", 10).map(c -> new String(c.bytes(), UTF_8))).contains("x");
  }

  @Test
  void conflictOfWritersIsTriedAgain() throws Exception {
    server.faults().next(2, "PUT", new Fault.Answer(409, "ConditionalRequestConflict"));
    assertThat(archive.putIfAbsent("k", bytes("x"))).isTrue();

    String etag = archive.get("k", 10).orElseThrow().etag();
    server.faults().next(1, "PUT", new Fault.Answer(409, "ConditionalRequestConflict"));
    assertThat(archive.putIfMatch("k", bytes("y"), etag)).isFalse();

    server.faults().always(new Fault.Answer(409, "ConditionalRequestConflict"));
    assertThatThrownBy(() -> archive.putIfAbsent("l", bytes("x")))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("others keep writing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "403|AccessDenied|x: y|REFUSED|denies access (403 AccessDenied); allow s3:PutObject on"
            + " bucket bucket",
        "403|ExpiredToken|x: y|REFUSED|expired; renew the credentials",
        "403|RequestTimeTooSkewed|x: y|REFUSED|clock is off; check chrony/NTP",
        "301|PermanentRedirect|x-amz-bucket-region: eu-west-3|REFUSED|bucket is in region"
            + " eu-west-3: set AWS_REGION=eu-west-3",
        "400|AuthorizationHeaderMalformed|x-amz-bucket-region: eu-west-3|REFUSED|set"
            + " AWS_REGION=eu-west-3",
        "301|PermanentRedirect|x: y|REFUSED|in another region: set AWS_REGION",
        "503|SlowDown|x: y|UNREACHABLE|not able to answer now (503 SlowDown)",
        "500|InternalError|x: y|UNREACHABLE|not able to answer now (500 InternalError)",
        "404|NoSuchBucket|x: y|MISSING|create it",
        "400|EntityTooLarge|x: y|REFUSED|refuses the request (400 EntityTooLarge"
      })
  void answersAreNamedWithTheirMend(
      int status, String code, String header, Kind kind, String message) {
    server.faults().always(new Fault.Answer(status, code, header));

    assertThatThrownBy(() -> archive.put("v1/k", bytes("x")))
        .isInstanceOfSatisfying(ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageStartingWith("cannot put v1/k in " + location + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void refusalOfAMissingObjectNamesThePermissionToList() {
    server.faults().always(new Fault.Answer(403, "AccessDenied"));

    assertThatThrownBy(() -> archive.get("k", 10))
        .hasMessageContaining("s3:GetObject and s3:ListBucket");
    assertThatThrownBy(() -> archive.list("", 10)).hasMessageContaining("allow s3:ListBucket");
  }

  @Test
  void absenceOfTheBucketIsNotAbsenceOfTheObject() {
    server.faults().always(new Fault.Answer(404, "NoSuchBucket"));

    assertThatThrownBy(() -> archive.get("k", 10)).isInstanceOf(ArchiveException.class);
    assertThatThrownBy(() -> archive.putIfMatch("k", bytes("x"), "e"))
        .isInstanceOf(ArchiveException.class);
  }

  @Test
  void objectsSayWhatTheyAre() throws Exception {
    archive.put("a.ndjson.gz", bytes("x"));
    archive.put("a.json", bytes("{}"));

    assertThat(head("a.ndjson.gz").contentType()).isEqualTo("application/x-ndjson");
    assertThat(head("a.ndjson.gz").contentEncoding()).isNull();
    assertThat(head("a.json").contentType()).isEqualTo("application/json");
  }

  @Test
  void keysAreBelowThePrefix() throws Exception {
    archive.put("v1/k", bytes("x"));

    assertThat(
            server
                .archive("s3://bucket", telemetry)
                .list(location.substring("s3://bucket/".length()) + "/", 10))
        .extracting(Archive.Listed::key)
        .containsExactly(location.substring("s3://bucket/".length()) + "/v1/k");
  }

  @Test
  void constructingAsksNothing() {
    int before = server.faults().requests().size();

    try (S3Archive unused = at(as("nobody", "nothing"))) {
      assertThat(unused.location()).isEqualTo(location);
    }

    assertThat(server.faults().requests()).hasSize(before);
  }

  private void assertFails(S3Archive failing, Kind kind, String why, String mend, String secret) {
    try (failing) {
      assertThatThrownBy(() -> failing.put("k", bytes("x")))
          .satisfies(e -> assertNamed(e, kind, why, mend, secret));
      assertThatThrownBy(() -> failing.putIfAbsent("k", bytes("x")))
          .satisfies(e -> assertNamed(e, kind, why, mend, secret));
      assertThatThrownBy(() -> failing.get("k", 10))
          .satisfies(e -> assertNamed(e, kind, why, mend, secret));
      assertThatThrownBy(() -> failing.list("", 10))
          .satisfies(e -> assertNamed(e, kind, why, mend, secret));
    }
  }

  private static void assertNamed(
      Throwable failure, Kind kind, String why, String mend, String secret) {
    assertThat(failure)
        .isInstanceOfSatisfying(ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(why)
        .hasMessageContaining(mend)
        .hasMessageNotContaining(secret);
  }

  private S3Archive at(S3Connection connection) {
    return new S3Archive(
        (ArchiveLocation.InBucket) ArchiveLocation.parse(location),
        connection,
        S3Options.DEFAULT,
        telemetry);
  }

  private S3Connection as(String accessKeyId, String secret) {
    S3Connection right = server.connection();
    return new S3Connection(
        right.endpoint(), right.region(), accessKeyId, secret, right.attempt(), right.call());
  }

  private HeadObjectResponse head(String key) {
    try (S3Client client = server.client()) {
      return client.headObject(
          r -> r.bucket("bucket").key(location.substring("s3://bucket/".length()) + "/" + key));
    }
  }

  private long count(String name, String operation) {
    Map<String, String> labels = operation.isEmpty() ? Map.of() : Map.of("operation", operation);
    return telemetry.counters().stream()
        .filter(c -> c.name().equals(name) && c.labels().equals(labels))
        .mapToLong(c -> c.count())
        .sum();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
