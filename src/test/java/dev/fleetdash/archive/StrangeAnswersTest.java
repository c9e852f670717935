package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.FaultProxy.Fault;
import dev.fleetdash.testing.FaultProxy.Fault.Page;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.S3Server;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What consoles, proxies and portals answer in S3's place is neither success nor absence. Each is
 * real HTTP, before a real S3 server.
 */
class StrangeAnswersTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final long TS = Rows.ts(START);
  private static final String HTML = "Content-Type: text/html; charset=utf-8";
  private static final String XML = "Content-Type: application/xml";
  private static final String CONSOLE = "<!doctype html><title>MinIO Console</title>";
  private static final String BUCKETS =
      "<?xml version=\"1.0\"?><ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>";

  private static S3Server server;

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private S3Archive archive;

  /** What the archive asks of a store. */
  enum Operation {
    GET {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.get("v1/k", 1000);
      }
    },
    LIST {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.list("v1/", 1000);
      }
    },
    FOLDERS {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.folders("v1/");
      }
    },
    PUT {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.put("v1/k", bytes("new"));
      }
    },
    PUT_IF_ABSENT {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.putIfAbsent("v1/new", bytes("new"));
      }
    },
    PUT_IF_MATCH {
      @Override
      Object run(Archive archive) throws IOException {
        return archive.putIfMatch("v1/k", bytes("new"), "\"0\"");
      }
    };

    abstract Object run(Archive archive) throws IOException;
  }

  @BeforeAll
  static void startServer() throws Exception {
    server = new S3Server("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open(TestInfo test) throws IOException {
    String prefix = test.getTestMethod().orElseThrow().getName();
    archive = server.archive("s3://bucket/" + prefix, telemetry);
  }

  @AfterEach
  void close() throws IOException {
    server.faults().heal();
    archive.close();
  }

  private static Stream<Arguments> answersThatAreNone() {
    return Stream.of(
            Arguments.of("a console's page", page(200, CONSOLE, HTML)),
            Arguments.of("its page with an etag", page(200, CONSOLE, HTML, "ETag: \"5f-1\"")),
            Arguments.of(
                "its page with what S3 has",
                page(
                    200, CONSOLE, HTML, "ETag: \"5f\"", "x-amz-request-id: 1", "Server: AmazonS3")),
            Arguments.of("XHTML", page(200, "<html/>", "Content-Type: application/xhtml+xml")),
            Arguments.of("204", page(204, "")),
            Arguments.of("204 with an etag", page(204, "", "ETag: \"5f\"", "x-amz-request-id: 1")),
            Arguments.of("202", page(202, "", "ETag: \"5f\"")),
            Arguments.of("a portal's redirect", page(302, CONSOLE, HTML, "Location: http://p/")),
            Arguments.of("another", page(307, "", "Location: http://portal.invalid/login")),
            Arguments.of("a lasting one", page(301, CONSOLE, HTML, "Location: https://p/")),
            Arguments.of("a portal's own status", page(511, CONSOLE, HTML)),
            Arguments.of("JSON", page(200, "{\"ok\":true}", "Content-Type: application/json")),
            Arguments.of("a word", page(200, "OK", "Content-Type: text/plain")),
            Arguments.of("nothing", page(200, "")),
            Arguments.of("other XML", page(200, BUCKETS, XML)),
            Arguments.of("XML of no end", page(200, "<ListBucketResult><Name>b</Na", XML)),
            Arguments.of("absence on a page", page(404, CONSOLE, HTML)),
            Arguments.of("absence in JSON", page(404, "{}", "Content-Type: application/json")),
            Arguments.of("absence without a word", page(404, "")),
            Arguments.of("412 on a page", page(412, CONSOLE, HTML)),
            Arguments.of("412 without a word", page(412, "")),
            Arguments.of("409 on a page", page(409, CONSOLE, HTML)),
            Arguments.of("a proxy's refusal", page(403, CONSOLE, HTML)),
            Arguments.of("its wish for a password", page(407, CONSOLE, HTML)),
            Arguments.of("a server of files", page(405, CONSOLE, HTML)),
            Arguments.of("another of them", page(501, CONSOLE, HTML)),
            Arguments.of("a TLS port", page(400, CONSOLE, HTML)))
        .flatMap(answer ->
            Stream.of(Operation.values())
                .map(operation -> Arguments.of(answer.get()[0], answer.get()[1], operation)));
  }

  @ParameterizedTest(name = "{2}: {0}")
  @MethodSource("answersThatAreNone")
  void whatIsNoAnswerOfS3IsNamedWhateverWasAsked(String what, Page answer, Operation operation)
      throws IOException {
    archive.put("v1/k", bytes("x"));
    server.faults().always(answer);

    assertThatThrownBy(() -> operation.run(archive))
        .as(what)
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
        .hasMessageContaining("the endpoint answers, but not as S3 does: ")
        .hasMessageEndingWith("; is AWS_ENDPOINT_URL_S3 a console or proxy?");

    server.faults().heal();
    assertThat(archive.get("v1/k", 10).map(of -> new String(of.bytes(), UTF_8))).contains("x");
    assertThat(archive.get("v1/new", 10)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Operation.class)
  void errorWithTheStatusOfSuccessIsAnError(Operation operation) {
    server
        .faults()
        .always(
            page(
                200,
                "<?xml"
                    + " version=\"1.0\"?><Error><Code>InternalError</Code><Message>m</Message></Error>",
                XML));

    assertThatThrownBy(() -> operation.run(archive))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
  }

  @ParameterizedTest
  @EnumSource(
      value = Operation.class,
      names = {"GET", "LIST", "FOLDERS"})
  void answerThatIsCutShortIsNone(Operation operation) throws IOException {
    archive.put("v1/k", bytes("x".repeat(500)));
    archive.put("v1/f/k", bytes("x"));
    server.faults().always(new Fault.CutShort());

    assertThatThrownBy(() -> operation.run(archive))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
  }

  @Test
  void objectThatBreaksOffIsNoDamagedObject() {
    server.faults().always(new Page(200, List.of("ETag: \"e\""), "half", 4));

    assertThatThrownBy(() -> archive.get("v1/k", 100))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE))
        .hasMessageContaining("Premature EOF");
  }

  @Test
  void objectWithoutALengthOrAnEtagIsNone() {
    server.faults().always(page(200, "x", "Content-Type: application/json"));
    assertThatThrownBy(() -> archive.get("v1/k", 10)).hasMessageContaining("without an ETag");

    server.faults().always(new Page(200, List.of("ETag: \"e\""), "x", Page.NO_LENGTH));
    assertThatThrownBy(() -> archive.get("v1/k", 10)).hasMessageContaining("without a length");
  }

  @Test
  void listThatIsCutOffWithoutAWordIsNotWhole() {
    String list =
        "<?xml"
            + " version=\"1.0\"?><ListBucketResult><IsTruncated>true</IsTruncated>%s<Contents><Key>listThatIsCutOffWithoutAWordIsNotWhole/v1/a</Key><ETag>\"e\"</ETag><Size>1</Size></Contents></ListBucketResult>";
    server.faults().always(page(200, list.formatted(""), XML));
    assertThatThrownBy(() -> archive.list("v1/", 1001)).hasMessageContaining("how it goes on");
    assertThatThrownBy(() -> archive.folders("v1/")).hasMessageContaining("how it goes on");

    server
        .faults()
        .always(page(200, list.formatted("<NextContinuationToken>t</NextContinuationToken>"), XML));
    assertThatThrownBy(() -> archive.list("v1/", 100_000))
        .as("the same page for ever")
        .hasMessageContaining("how it goes on");
    assertThatThrownBy(() -> archive.folders("v1/")).hasMessageContaining("how it goes on");
  }

  @Test
  void listOfAnotherPlaceIsNone() {
    String list =
        "<?xml"
            + " version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>%s</Key>%s</Contents></ListBucketResult>";
    server.faults().always(page(200, list.formatted("a", "<ETag>e</ETag><Size>1</Size>"), XML));
    assertThatThrownBy(() -> archive.list("v1/", 10)).hasMessageContaining("other objects");

    server.faults().always(page(200, list.formatted("listOfAnotherPlaceIsNone/v1/a", ""), XML));
    assertThatThrownBy(() -> archive.list("v1/", 10)).hasMessageContaining("other objects");
  }

  @Test
  void aConsolePageIsNotTakenForAPut() throws IOException {
    thatAppearsAfterGoodPuts(page(200, CONSOLE, HTML), 1);
  }

  @Test
  void aPageThatAppearsAfterAHundredPutsLosesNothing() throws IOException {
    thatAppearsAfterGoodPuts(page(200, CONSOLE, HTML, "ETag: \"5f\"", "x-amz-request-id: 1"), 100);
  }

  @Test
  void aProxyThatSaysNoContentLosesNothing() throws IOException {
    thatAppearsAfterGoodPuts(page(204, "", "ETag: \"5f\""), 2);
  }

  @Test
  void aPortalThatSends412DoesNotPutSegmentsIntoQuarantine() throws IOException {
    thatAppearsAfterGoodPuts(page(412, CONSOLE, HTML), 2);
  }

  private void thatAppearsAfterGoodPuts(Page page, int good) throws IOException {
    try (Spool spool = Spool.open(directory, new Spool.Settings(60, 16 << 20), clock, telemetry);
        Flusher flusher =
            new Flusher(
                spool,
                archive,
                Duration.ofMinutes(1),
                Duration.ZERO,
                clock,
                new SplittableRandom(1),
                telemetry)) {
      server.faults().after(good, "", page);
      for (int minute = 0; minute < good + 3; minute++) {
        spool.append(Rows.at(TS + minute * 60L, spool.run(), 0.5));
        spool.seal();
        flusher.flush();
      }

      assertThat(spool.backlog().segments()).isEqualTo(3);
      assertThat(spool.backlog().quarantined()).isZero();
      assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.FAILING);
      assertThat(telemetry.part("archive").state().detail()).contains("not as S3 does");

      server.faults().heal();
      flusher.flush();
      assertThat(spool.backlog().segments()).isZero();
      assertThat(archive.list("v1/raw/", 1000)).hasSize(good + 3);
      assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.UP);
    }
  }

  private static Page page(int status, String body, String... headers) {
    return new Page(status, List.of(headers), body, 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
