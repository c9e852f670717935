package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.fleetdash.archive.Archive.Content;
import dev.fleetdash.archive.Archive.Listed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every archive does. */
abstract class ArchiveContract {
  private static final long MANY = 1 << 20;
  private static final int THREADS = 16;

  /** The archive under test: the same each time in one test, and empty at its beginning. */
  abstract Archive archive() throws Exception;

  /** Another archive over the same objects, as another process has. */
  abstract Archive twin() throws Exception;

  @Test
  void objectComesBackAsItWasPut() throws Exception {
    archive().put("v1/schema.json", bytes("{}"));

    assertThat(text("v1/schema.json")).contains("{}");
  }

  @Test
  void missingObjectIsAnAnswer() throws Exception {
    assertThat(archive().get("v1/nothing", MANY)).isEmpty();
    archive().put("v1/a/b", bytes("x"));
    assertThat(archive().get("v1/a", MANY)).isEmpty();
    assertThat(archive().get("v1/a/b/c", MANY)).isEmpty();
    assertThat(archive().list("v1/nothing/", 10)).isEmpty();
    assertThat(archive().folders("v1/nothing/")).isEmpty();
  }

  @Test
  void putReplacesWhatIsThere() throws Exception {
    String first = archive().put("k", bytes("first and longer"));

    String second = archive().put("k", bytes("second"));

    assertThat(text("k")).contains("second");
    assertThat(second).isNotEqualTo(first);
  }

  @Test
  void emptyObjectIsAnObject() throws Exception {
    archive().put("empty", new byte[0]);

    assertThat(text("empty")).contains("");
    assertThat(archive().list("", 10))
        .extracting(Listed::key, Listed::size)
        .containsExactly(tuple("empty", 0L));
  }

  @Test
  void aListTellsWhichObjectsHaveChanged() throws Exception {
    archive().put("a", bytes("1"));
    archive().put("b", bytes("1"));
    List<Listed> before = archive().list("", 10);

    archive().put("b", bytes("2"));

    List<Listed> after = twin().list("", 10);
    assertThat(after.getFirst()).isEqualTo(before.getFirst());
    assertThat(after.getLast().version()).isNotEqualTo(before.getLast().version());
  }

  @Test
  void etagOfPutIsEtagOfGet() throws Exception {
    String etag = archive().put("k", bytes("x"));

    assertThat(archive().get("k", MANY).map(Content::etag)).contains(etag);
    assertThat(twin().get("k", MANY).map(Content::etag)).contains(etag);
  }

  @Test
  void putIfAbsentLeavesWhatIsThere() throws Exception {
    assertThat(archive().putIfAbsent("a/k", bytes("first"))).isTrue();
    assertThat(archive().putIfAbsent("a/k", bytes("second"))).isFalse();

    assertThat(text("a/k")).contains("first");
  }

  @Test
  void oneOfManyCreatesAnObject() throws Exception {
    List<Boolean> created =
        race(i -> (i % 2 == 0 ? archive() : twin()).putIfAbsent("a/b/k", bytes("by " + i)));

    assertThat(created).containsOnlyOnce(true);
    assertThat(text("a/b/k")).contains("by " + created.indexOf(true));
  }

  @Test
  void putIfMatchReplacesOnlyWhatWasRead() throws Exception {
    String first = archive().put("k", bytes("first"));

    assertThat(archive().putIfMatch("k", bytes("second"), first)).isTrue();
    assertThat(archive().putIfMatch("k", bytes("third"), first)).isFalse();
    assertThat(archive().putIfMatch("gone", bytes("x"), first)).isFalse();

    assertThat(text("k")).contains("second");
    assertThat(archive().get("gone", MANY)).isEmpty();
  }

  @Test
  void oneOfManyReplacesWhatAllHaveRead() throws Exception {
    String etag = archive().put("k", bytes("before"));

    List<Boolean> replaced =
        race(i -> (i % 2 == 0 ? archive() : twin()).putIfMatch("k", bytes("by " + i), etag));

    assertThat(replaced).containsOnlyOnce(true);
    assertThat(text("k")).contains("by " + replaced.indexOf(true));
  }

  @Test
  void noUpdateIsLostAmongThoseWhoTryAgain() throws Exception {
    archive().put("sum", bytes("0"));

    race(i -> {
      while (true) {
        Content now = archive().get("sum", MANY).orElseThrow();
        int sum = Integer.parseInt(new String(now.bytes(), UTF_8)) + i;
        if (archive().putIfMatch("sum", bytes(Integer.toString(sum)), now.etag())) {
          return true;
        }
      }
    });

    assertThat(text("sum")).contains("120");
  }

  @Test
  void keysAreListedInTheOrderOfTheirBytes() throws Exception {
    List<String> keys = List.of("a-b/1", "a.b", "a/1", "a/b/2", "a/b-", "a0", "A", "a=b/c", "b");
    for (String key : keys) {
      archive().put(key, bytes("12345"));
    }

    assertThat(archive().list("", 100))
        .extracting(Listed::key)
        .containsExactlyElementsOf(keys.stream().sorted().toList());
    assertThat(archive().list("", 3)).extracting(Listed::key).containsExactly("A", "a-b/1", "a.b");
    assertThat(archive().list("a/b", 100))
        .extracting(Listed::key, Listed::size)
        .containsExactly(tuple("a/b-", 5L), tuple("a/b/2", 5L));
    assertThat(archive().list("a/b/", 100)).extracting(Listed::key).containsExactly("a/b/2");
    assertThat(archive().list("a", 0)).isEmpty();
  }

  @Test
  void foldersAreThoseThatHoldObjects() throws Exception {
    for (String key :
        List.of(
            "v1/raw/dt=2026-11-23/x",
            "v1/raw/dt=2026-11-22/a/b",
            "v1/raw/file",
            "v1/rawer/x",
            "v1-/x",
            "top")) {
      archive().put(key, bytes("x"));
    }

    assertThat(archive().folders("v1/raw/")).containsExactly("dt=2026-11-22", "dt=2026-11-23");
    assertThat(archive().folders("")).containsExactly("v1", "v1-");
    assertThatThrownBy(() -> archive().folders("v1/raw")).isInstanceOf(ArchiveException.class);
  }

  @Test
  void moreObjectsThanAPageAreAllListed() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<String>> puts = new ArrayList<>();
      for (int i = 0; i < 1005; i++) {
        String key = "p/" + (10_000 + i) + "/x";
        puts.add(threads.submit(() -> archive().put(key, bytes("x"))));
      }
      for (Future<String> put : puts) {
        put.get();
      }
    }

    assertThat(archive().list("p/", 5000))
        .hasSize(1005)
        .isSortedAccordingTo((a, b) -> a.key().compareTo(b.key()));
    assertThat(archive().list("p/", 1003)).hasSize(1003);
    assertThat(archive().folders("p/")).hasSize(1005);
  }

  @Test
  void aListGoesOnBehindAKey() throws Exception {
    List<String> keys =
        List.of("v1/a/x-1", "v1/a/x/1", "v1/a/x/2", "v1/a/x0", "v1/a/y", "v1/b/1", "v1/b/2");
    for (String key : keys) {
      archive().put(key, bytes("x"));
    }

    for (String after : List.of("", "v1/a/", "v1/a/x/", "v1/a/x/1", "v1/a/x", "v1/a/y", "v1/c")) {
      for (String prefix : List.of("", "v1/", "v1/a/", "v1/a/x", "v1/b/")) {
        assertThat(archive().list(prefix, after, 3, _ -> {}))
            .as("behind '%s' below '%s'", after, prefix)
            .extracting(Listed::key)
            .isEqualTo(
                keys.stream()
                    .filter(key -> key.startsWith(prefix) && key.compareTo(after) > 0)
                    .limit(3)
                    .toList());
      }
    }
  }

  @Test
  void listingBesideWritingFindsWhatWasWritten() throws Exception {
    byte[] large = new byte[100_000];
    List<Boolean> found =
        race(i -> {
          for (int n = 0; n < 5; n++) {
            String key = "c/" + i + "/" + n;
            archive().put(key, large);
            if (archive().list("c/", 1000).stream()
                .noneMatch(o -> o.key().equals(key) && o.size() == large.length)) {
              return false;
            }
          }
          return true;
        });

    assertThat(found).containsOnly(true);
    assertThat(archive().list("c/", 1000)).hasSize(THREADS * 5);
  }

  @Test
  void oddButLegalKeysWork() throws Exception {
    List<String> keys =
        List.of(
            "a b/c d",
            "a+b",
            "a%2Fb",
            "x=y&z",
            "tilde~",
            "it's(!)*",
            "#hash",
            "a;b,c@d$e",
            "-dash",
            "_under",
            "dot.",
            "a..b",
            "%",
            "x".repeat(200));
    for (String key : keys) {
      archive().put(key, bytes(key));
    }

    for (String key : keys) {
      assertThat(text(key)).contains(key);
    }
    assertThat(archive().list("", 100))
        .extracting(Listed::key)
        .containsExactlyElementsOf(keys.stream().sorted().toList());
  }

  @Test
  void keysThatLeadElsewhereAreRefused() throws Exception {
    for (String key :
        List.of(
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a/.hidden",
            "a\\b",
            "a\u0000b",
            "a\nb",
            "é",
            "x.tmp",
            "y".repeat(256),
            "a/".repeat(600) + "x")) {
      for (Call call :
          List.<Call>of(
              a -> a.get(key, MANY),
              a -> a.put(key, new byte[1]),
              a -> a.putIfAbsent(key, new byte[1]),
              a -> a.putIfMatch(key, new byte[1], "e"))) {
        assertThatThrownBy(() -> call.on(archive()))
            .isInstanceOfSatisfying(
                ArchiveException.class,
                e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.BAD_OBJECT));
      }
    }
    assertThatThrownBy(() -> archive().list("../", 1)).isInstanceOf(ArchiveException.class);
  }

  @Test
  void objectOverTheBoundIsRefused() throws Exception {
    archive().put("big", new byte[100_001]);

    assertThat(archive().get("big", 100_001).orElseThrow().bytes()).hasSize(100_001);
    assertThatThrownBy(() -> archive().get("big", 100_000))
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> assertThat(e.kind()).isEqualTo(ArchiveException.Kind.BAD_OBJECT))
        .hasMessageContaining("big")
        .hasMessageContaining("100000 bytes");
    assertThat(archive().get("big", Long.MAX_VALUE)).isPresent();
  }

  @Test
  void largeObjectComesBackWhole() throws Exception {
    byte[] large = new byte[3_000_000];
    new Random(1).nextBytes(large);

    archive().put("large", large);

    assertThat(archive().get("large", 1L << 30).orElseThrow().bytes()).isEqualTo(large);
  }

  interface Call {
    Object on(Archive archive) throws Exception;
  }

  interface Racer {
    boolean run(int number) throws Exception;
  }

  static List<Boolean> race(Racer racer) throws Exception {
    CountDownLatch ready = new CountDownLatch(THREADS);
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Boolean>> racers =
          IntStream.range(0, THREADS)
              .<Callable<Boolean>>mapToObj(i ->
                  () -> {
                    ready.countDown();
                    ready.await();
                    return racer.run(i);
                  })
              .toList();
      List<Boolean> results = new ArrayList<>();
      for (Future<Boolean> result : threads.invokeAll(racers)) {
        results.add(result.get());
      }
      return results;
    }
  }

  Optional<String> text(String key) throws Exception {
    return archive().get(key, MANY).map(content -> new String(content.bytes(), UTF_8));
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
