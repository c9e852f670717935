package dev.fleetdash.sql;

import static dev.fleetdash.testing.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class DescriberTest {
  private static final int ALL = 6;
  private static S3Server server;

  private Archive archive;
  private Describer describer;

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open(TestInfo test) {
    String location = "s3://bucket/" + test.getTestMethod().orElseThrow().getName();
    archive = server.archive(location, new Telemetry(new FakeClock("2026-11-23T10:00:00Z")));
    describer = new Describer(archive, location, Duration.ofMillis(20));
  }

  @AfterEach
  void close() throws IOException {
    describer.close();
    server.faults().heal();
    archive.close();
  }

  @Test
  void anArchiveIsDescribedOnce() throws IOException {
    assertThat(describer.describe()).isEqualTo(ALL);
    assertThat(keys()).hasSize(ALL).contains("v1/schema.json", "v1/README.md");

    int before = server.faults().requests().size();
    assertThat(describer.describe()).isZero();
    assertThat(server.faults().requests()).hasSize(before + 1);
  }

  @Test
  void anOlderDescriptionIsReplacedAndANewerOneStays() throws IOException {
    archive.put("v1/schema.json", "{\"revision\" : 0}".getBytes(UTF_8));
    archive.put("v1/trino.sql", "old".getBytes(UTF_8));
    assertThat(describer.describe()).isEqualTo(ALL);
    assertThat(text("v1/trino.sql")).contains("CREATE TABLE");

    archive.put("v1/schema.json", "{\"revision\":999999}".getBytes(UTF_8));
    archive.put("v1/trino.sql", "newer".getBytes(UTF_8));
    assertThat(describer.describe()).isZero();
    assertThat(text("v1/trino.sql")).isEqualTo("newer");
  }

  @Test
  void whatWasCutShortIsFinished() throws IOException {
    server.faults().next(100, "PUT", new FaultProxy.Fault.Answer(403, "AccessDenied"));
    assertThatThrownBy(describer::describe).isInstanceOf(ArchiveException.class);
    server.faults().heal();
    byte[] guide = Objects.requireNonNull(Description.of(archive.location()).get("v1/README.md"));
    archive.put("v1/README.md", guide);

    assertThat(describer.describe()).isEqualTo(ALL - 1);
    assertThat(keys()).hasSize(ALL);
  }

  @Test
  void itWaitsForAnArchiveThatIsAway() {
    server.faults().next(3, "GET", new FaultProxy.Fault.Answer(403, "AccessDenied"));
    describer.start();

    // A look of the test's own may be what is refused.
    await().ignoreExceptionsInstanceOf(ArchiveException.class).until(() -> keys().size() == ALL);
  }

  private List<String> keys() throws IOException {
    return archive.list("v1/", 100).stream().map(Archive.Listed::key).toList();
  }

  private String text(String key) throws IOException {
    return new String(archive.get(key, 1 << 20).orElseThrow().bytes(), UTF_8);
  }
}
