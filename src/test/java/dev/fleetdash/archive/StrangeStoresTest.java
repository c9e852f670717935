package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import dev.fleetdash.testing.StrangeStore;
import dev.fleetdash.testing.StrangeStore.Quirk;
import dev.fleetdash.testing.StrangeStore.Seen;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stores that are not quite S3, and the real client that has to find out. */
class StrangeStoresTest {
  private static final String START = "2026-11-23T10:00:00Z";
  private static final S3Options SINGLE_WRITER =
      new S3Options(PathStyle.AUTO, Conditions.SINGLE_WRITER);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);
  private final AtomicLong nanos = new AtomicLong();
  private StrangeStore store;
  private Archive archive;

  @BeforeEach
  void start() throws IOException {
    store = new StrangeStore();
    archive = store.archive(S3Options.DEFAULT, telemetry);
  }

  @AfterEach
  void close() {
    archive.close();
    store.close();
  }

  private void open(S3Options options, Quirk... quirks) {
    archive.close();
    store.become(quirks);
    archive = store.archive(options, telemetry);
  }

  /** With a clock for the probe that the test drives. */
  private void openProbed(Quirk... quirks) {
    archive.close();
    store.become(quirks);
    archive =
        new ProbedArchive(
            new S3Archive(
                (ArchiveLocation.InBucket) ArchiveLocation.parse("s3://bucket"),
                store.connection(),
                S3Options.DEFAULT,
                telemetry),
            nanos::get);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IGNORES_IF_NONE_MATCH | ignores the condition If-None-Match",
        "IGNORES_IF_MATCH      | ignores the condition If-Match",
        "REFUSES_CONDITIONS    | has no conditional writes (501 NotImplemented)",
        "DISLIKES_CONDITIONS   | has no conditional writes (400 InvalidArgument)"
      })
  void aStoreThatWouldOverwriteGetsNoSegmentAndTheSpoolKeepsThem(Quirk quirk, String why)
      throws IOException {
    open(S3Options.DEFAULT, quirk);

    flush(3);

    assertThat(store.keys()).containsExactly(ProbedArchive.PROBE);
    assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.FAILING);
    assertThat(telemetry.part("archive").state().detail())
        .contains(why)
        .contains("two machines could overwrite each other's rows")
        .endsWith("set FLEETDASH_S3_CONDITIONS=single-writer");
  }

  @Test
  void aStoreThatTakesNoPutsAtAllIsNotBlamedForItsConditions() {
    open(S3Options.DEFAULT, Quirk.READ_ONLY);

    assertThatThrownBy(() -> archive.putIfAbsent("v1/k", bytes("x")))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
        .hasMessageContaining("501 NotImplemented")
        .hasMessageNotContaining("overwrite");
  }

  @Test
  void aPutIsBelievedByItsDigestAlsoWhereItsAnswerIsCalledHtml() throws IOException {
    open(S3Options.DEFAULT, Quirk.CALLS_NOTHING_HTML, Quirk.KEEPS_CHECKSUMS_TO_ITSELF);

    assertThat(archive.putIfAbsent("v1/k", bytes("x"))).isTrue();
    assertThat(archive.get("v1/k", 10)).isPresent();
  }

  @Test
  void theStoreIsTriedBeforeTheFirstPutAndNotAgain() throws IOException {
    openProbed();

    assertThat(archive.get("v1/k", 10)).isEmpty();
    archive.list("v1/", 10);
    archive.folders("v1/");
    assertThat(store.count("PUT")).as("who reads tries nothing").isZero();

    assertThat(archive.putIfAbsent("v1/a", bytes("x"))).isTrue();
    assertThat(store.count("PUT")).isEqualTo(4);
    for (int i = 0; i < 10; i++) {
      archive.putIfAbsent("v1/b" + i, bytes("x"));
    }
    assertThat(store.count("PUT")).isEqualTo(14);
  }

  @Test
  void aStoreThatHasTheProbeIsAskedTwice() throws IOException {
    openProbed();
    archive.put("v1/a", bytes("x"));
    long before = store.count("PUT");

    try (Archive next = store.archive(S3Options.DEFAULT, telemetry)) {
      next.put("v1/a", bytes("y"));
    }

    assertThat(store.count("PUT") - before).isEqualTo(3);
  }

  @Test
  void aStoreThatWasFoundWantingIsTriedOnceAMinute() throws IOException {
    openProbed(Quirk.IGNORES_IF_NONE_MATCH);
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> archive.put("v1/a", bytes("x"))).hasMessageContaining("ignores");
    }
    assertThat(store.count("PUT")).isEqualTo(2);

    store.become();
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    archive.put("v1/a", bytes("x"));
    assertThat(store.keys()).contains("v1/a");
  }

  @Test
  void anotherStoreBehindTheSameNameIsNoticedAfterTheOutage() throws IOException {
    openProbed();
    archive.put("v1/a", bytes("x"));
    store.become(Quirk.AWAY);
    assertThatThrownBy(() -> archive.put("v1/a", bytes("x")))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));

    store.become(Quirk.IGNORES_IF_NONE_MATCH);

    assertThatThrownBy(() -> archive.putIfAbsent("v1/b", bytes("x")))
        .hasMessageContaining("ignores");
    assertThat(store.keys()).doesNotContain("v1/b");
  }

  @ParameterizedTest
  @EnumSource(
      value = Quirk.class,
      names = {"REFUSES_CHECKSUMS", "DISLIKES_CHECKSUMS"})
  void aStoreThatRefusesChecksumsIsAskedWithoutThemAndItIsSaid(Quirk quirk) throws IOException {
    openProbed(quirk);

    assertThat(archive.putIfAbsent("v1/a", bytes("x"))).isTrue();
    assertThat(archive.putIfAbsent("v1/a", bytes("y"))).isFalse();
    long before = store.count("PUT");
    archive.put("v1/b", bytes("y"));

    assertThat(store.count("PUT") - before).isEqualTo(1);
    assertThat(archive.get("v1/a", 10).map(of -> new String(of.bytes(), UTF_8))).contains("x");
    assertThat(telemetry.part("store").state().detail())
        .isEqualTo("the store refuses CRC32 checksums, so puts carry their MD5");
    Seen last = store.seen().get(store.seen().size() - 2);
    assertThat(last.method()).isEqualTo("PUT");
    assertThat(last.headers()).containsKey("Content-MD5").doesNotContainKey("x-amz-trailer");
  }

  /** As {@code AWS_REQUEST_CHECKSUM_CALCULATION} and {@code AWS_RESPONSE_CHECKSUM_VALIDATION}. */
  @ParameterizedTest
  @CsvSource({
    "when_required, DISLIKES_CHECKSUMS",
    "when_required, REFUSES_CHECKSUMS",
    "when_supported, DISLIKES_CHECKSUMS",
    "when_supported, REFUSES_CHECKSUMS",
    "when_required, OPAQUE_ETAGS",
  })
  void whateverVariablesSayOfChecksumsRowsArriveAndAreProven(String when, Quirk quirk)
      throws IOException {
    System.setProperty("aws.requestChecksumCalculation", when);
    System.setProperty("aws.responseChecksumValidation", when);
    try {
      open(S3Options.DEFAULT, quirk);

      assertThat(archive.putIfAbsent("v1/a", bytes("x"))).isTrue();
      assertThat(archive.get("v1/a", 10).map(of -> new String(of.bytes(), UTF_8))).contains("x");

      Seen put =
          store.seen().stream()
              .filter(seen -> seen.method().equals("PUT") && seen.path().endsWith("v1/a"))
              .toList()
              .getLast();
      assertThat(put.headers())
          .containsKey(quirk == Quirk.OPAQUE_ETAGS ? "X-amz-checksum-crc32" : "Content-md5")
          .doesNotContainKey("X-amz-trailer");
    } finally {
      System.clearProperty("aws.requestChecksumCalculation");
      System.clearProperty("aws.responseChecksumValidation");
    }
  }

  @Test
  void noPutIsChunkedOrHasATrailer() throws IOException {
    open(S3Options.DEFAULT, Quirk.REFUSES_CHECKSUMS);
    archive.put("v1/a", bytes("x"));

    assertThat(store.seen())
        .allSatisfy(request -> {
          assertThat(request.headers()).doesNotContainKey("x-amz-trailer");
          assertThat(String.valueOf(request.headers().getFirst("Content-Encoding")))
              .doesNotContain("aws-chunked");
        });
  }

  @Test
  void aStoreThatWantsTheBucketInItsNameIsAskedSo() throws IOException {
    archive.close();
    store.become(Quirk.REFUSES_PATH_STYLE, Quirk.REFUSES_CHECKSUMS);
    archive = store.archive(store.namedEndpoint(), S3Options.DEFAULT, telemetry);

    assertThat(archive.get("v1/a", 10)).isEmpty();
    assertThat(archive.putIfAbsent("v1/a", bytes("x"))).isTrue();

    assertThat(store.keys()).contains("v1/a");
    assertThat(store.seen().getLast().host()).startsWith("bucket.store.test:");
    assertThat(telemetry.part("store").state().detail())
        .contains("the store refuses path style")
        .contains("the store refuses CRC32");
  }

  @Test
  void aStoreThatWantsItButHasNoNameSaysWhatIsMissing() {
    open(S3Options.DEFAULT, Quirk.REFUSES_PATH_STYLE);

    assertThatThrownBy(() -> archive.list("v1/", 10))
        .isInstanceOfSatisfying(
            ArchiveException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
        .hasMessageContaining("403 SecondLevelDomainForbidden")
        .hasMessageContaining("AWS_ENDPOINT_URL_S3 has to be a name");
  }

  @ParameterizedTest
  @CsvSource({"AUTO, store.test", "YES, store.test", "NO, bucket.store.test"})
  void pathStyleIsAsConfigured(PathStyle style, String host) throws IOException {
    archive.close();
    archive =
        store.archive(store.namedEndpoint(), new S3Options(style, Conditions.REQUIRE), telemetry);

    archive.put("v1/a", bytes("x"));

    assertThat(store.keys()).contains("v1/a");
    assertThat(store.seen()).extracting(Seen::host).containsOnly(host + ":" + store.port());
  }

  @Test
  void aPutThatAnswersWithOurChecksumOrMd5IsNotLookedAt() throws IOException {
    open(SINGLE_WRITER, Quirk.OPAQUE_ETAGS);
    archive.put("v1/a", bytes("x"));
    store.become(Quirk.KEEPS_CHECKSUMS_TO_ITSELF);
    archive.put("v1/b", bytes("x"));

    assertThat(store.count("HEAD")).isZero();
  }

  @Test
  void aPutThatAnswersWithNeitherIsLookedAtOnce() throws IOException {
    open(SINGLE_WRITER, Quirk.OPAQUE_ETAGS, Quirk.KEEPS_CHECKSUMS_TO_ITSELF);

    String etag = archive.put("v1/a", bytes("x"));

    assertThat(store.count("HEAD")).isEqualTo(1);
    assertThat(archive.get("v1/a", 10).map(Archive.Content::etag)).contains(etag);
  }

  @ParameterizedTest
  @CsvSource({"FORGETS, no object is there", "CUTS, nothing that shows what was kept"})
  void aPutThatAnswersSuccessAndKeepsSomethingElseIsAFailure(Quirk quirk, String why)
      throws IOException {
    open(SINGLE_WRITER, Quirk.OPAQUE_ETAGS, Quirk.KEEPS_CHECKSUMS_TO_ITSELF, quirk);

    flush(2);

    assertThat(telemetry.part("archive").state().status()).isEqualTo(Status.FAILING);
    assertThat(telemetry.part("archive").state().detail()).contains(why);
  }

  @Test
  void aSingleWriterAsksForNoConditionsAndStillOverwritesNothing() throws IOException {
    open(SINGLE_WRITER, Quirk.REFUSES_CONDITIONS);

    assertThat(archive.putIfAbsent("v1/a", bytes("x"))).isTrue();
    assertThat(archive.putIfAbsent("v1/a", bytes("y"))).isFalse();
    String etag = archive.get("v1/a", 10).orElseThrow().etag();
    assertThat(archive.putIfMatch("v1/a", bytes("z"), "\"other\"")).isFalse();
    assertThat(archive.putIfMatch("v1/b", bytes("z"), etag)).isFalse();
    assertThat(archive.get("v1/a", 10).map(of -> new String(of.bytes(), UTF_8))).contains("x");
    assertThat(archive.putIfMatch("v1/a", bytes("z"), etag)).isTrue();

    assertThat(archive.keepsConditions()).isFalse();
    assertThat(store.keys()).containsExactly("v1/a");
    assertThat(store.seen())
        .noneMatch(of ->
            of.headers().containsKey("If-Match") || of.headers().containsKey("If-None-Match"));
    assertThat(telemetry.part("store").state().detail())
        .startsWith("single writer: this host's name is not claimed");
  }

  /** Puts what a store takes that takes nothing whole; none is lost. */
  private void flush(int segments) throws IOException {
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
      for (int minute = 0; minute < segments; minute++) {
        spool.append(Rows.at(Rows.ts(START) + minute * 60L, spool.run(), 0.5));
        spool.seal();
        flusher.flush();
      }
      assertThat(spool.backlog().segments() + spool.backlog().quarantined()).isEqualTo(segments);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
