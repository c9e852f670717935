package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.fleet.PeerGate.Verdict;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.ClockCheck;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeerGateTest {
  private static final HostName SELF = new HostName("web-1");
  private static final String PATH = "/peer/live?after=5";

  private final FakeClock clock = new FakeClock("2026-11-23T12:00:00Z");
  private final AtomicLong nanos = new AtomicLong();
  private final MemoryArchive archive = new MemoryArchive();
  private final FleetKey old = FleetKey.random();
  private final FleetKey next = FleetKey.random();
  private FleetKeys keys;
  private PeerGate gate;

  @BeforeEach
  void start() {
    put(old);
    keys = keys();
    gate = new PeerGate(SELF, keys, clocks(), nanos::get);
    pass(Duration.ofMinutes(2));
  }

  private void pass(Duration time) {
    clock.advance(time);
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void whatTheProcessBeforeThisOneMayHaveAnsweredIsNotAnsweredAgain() {
    PeerSignature.Request caught = request(old);
    pass(Duration.ofSeconds(5));
    PeerGate restarted = new PeerGate(SELF, keys, clocks(), nanos::get);

    assertThat(check(restarted, caught))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused -> {
              assertThat(refused.code()).isEqualTo("starting");
              assertThat(refused.pass()).isPresent();
            });
    assertThat(status(check(restarted, request(old)))).isEqualTo(200);
  }

  @Test
  void aClockThatIsPutBackAfterTheStartKeepsPeersOutForAMinuteOnly() {
    PeerGate started = new PeerGate(SELF, keys, clocks(), nanos::get);
    clock.advance(Duration.ofHours(-1));
    assertThat(status(check(started, request(old)))).isEqualTo(503);

    pass(Duration.ofMinutes(1));

    assertThat(status(check(started, request(old)))).isEqualTo(200);
  }

  @Test
  void aSignedRequestIsLetInOnceAndItsAnswerIsSigned() {
    PeerSignature.Request request = request(old);

    Verdict first = check(gate, request);

    assertThat(first).isInstanceOf(Verdict.Admitted.class);
    byte[] body = "{}".getBytes(UTF_8);
    PeerSignature.Answer answer =
        PeerSignature.Answer.parse(gate.sign(((Verdict.Admitted) first).pass(), 200, body))
            .orElseThrow();
    assertThat(answer.host()).isEqualTo(SELF);
    assertThat(answer.signedWith(old, request.nonce(), 200, body)).isTrue();
    assertThat(answer.signedWith(old, request.nonce(), 500, body)).isFalse();
    assertThat(answer.signedWith(old, request(old).nonce(), 200, body)).isFalse();
    assertThat(answer.signedWith(old, request.nonce(), 200, new byte[0])).isFalse();
    assertThat(answer.signedWith(next, request.nonce(), 200, body)).isFalse();
    assertThat(check(gate, request))
        .isEqualTo(
            new Verdict.Refused(
                403, "replayed", "this request was already here", java.util.Optional.empty()));
  }

  @Test
  void whatIsSignedHoldsForNoOtherMethodPathQueryHostOrTime() {
    PeerSignature.Request good = request(old);

    assertThat(status(gate.check("HEAD", PATH, good.header()))).isEqualTo(401);
    assertThat(status(gate.check("GET", "/peer/live?after=6", good.header()))).isEqualTo(401);
    assertThat(status(gate.check("GET", "/peer/history?after=5", good.header()))).isEqualTo(401);
    Map.of(
            "host=web-1",
            "host=web-2",
            "time=1",
            "time=2",
            "nonce=",
            "nonce=0",
            "signature=",
            "signature=0")
        .forEach((was, becomes) -> {
          String forged = good.header().replace(was, becomes);
          assertThat(status(gate.check("GET", PATH, forged))).as(forged).isEqualTo(401);
        });
    assertThat(status(gate.check("GET", PATH, null))).isEqualTo(401);
    assertThat(status(gate.check("GET", PATH, "Bearer x"))).isEqualTo(401);
    assertThat(status(gate.check("GET", PATH, request(FleetKey.random()).header()))).isEqualTo(401);
    assertThat(status(check(gate, good))).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"-31, 403", "-30, 200", "0, 200", "30, 200", "31, 403"})
  void aClockMayBeThirtySecondsOff(int seconds, int status) {
    PeerSignature.Request request =
        PeerSignature.Request.signed(old, "GET", PATH, SELF, clock.millis() + seconds * 1000L);

    Verdict verdict = check(gate, request);

    assertThat(status(verdict)).isEqualTo(status);
    if (verdict instanceof Verdict.Refused refused) {
      assertThat(refused.code()).isEqualTo("clock_skew");
      assertThat(refused.message()).isEqualTo("the clocks are 31 s apart");
      assertThat(refused.pass()).isPresent();
    }
  }

  @Test
  void aRequestForAnotherHostIsRefusedWithASignature() {
    PeerSignature.Request request =
        PeerSignature.Request.signed(old, "GET", PATH, new HostName("web-2"), clock.millis());

    assertThat(check(gate, request))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused -> {
              assertThat(refused.code()).isEqualTo("other_host");
              assertThat(refused.pass()).isPresent();
            });
  }

  @Test
  void aNonceIsRememberedForAsLongAsItsRequestIsFresh() {
    PeerSignature.Request request =
        PeerSignature.Request.signed(old, "GET", PATH, SELF, clock.millis() + 30_000);
    check(gate, request);

    for (int second = 0; second < 60; second++) {
      clock.advance(Duration.ofSeconds(1));
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      assertThat(status(check(gate, request))).as("after %d s", second + 1).isEqualTo(403);
    }
  }

  @Test
  void noncesAreBounded() {
    Nonces nonces = new Nonces(Duration.ofMinutes(1), 2, nanos::get);

    assertThat(List.of(nonces.take("a"), nonces.take("b"), nonces.take("c")))
        .containsExactly(Nonces.Taken.NEW, Nonces.Taken.NEW, Nonces.Taken.FULL);
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    assertThat(List.of(nonces.take("b"), nonces.take("c")))
        .containsExactly(Nonces.Taken.AGAIN, Nonces.Taken.NEW);
    nanos.addAndGet(Duration.ofMinutes(2).toNanos());
    assertThat(nonces.take("b")).isEqualTo(Nonces.Taken.NEW);
  }

  /** As the README has it: add the next one, put it first, take the old one away. */
  @Test
  void noRequestIsRefusedWhileTheKeyIsChanged() {
    FleetKeys asking = keys();
    List<Runnable> steps = List.of(() -> put(old, next), () -> put(next, old), () -> put(next));
    long served = 0;
    for (Runnable step : steps) {
      step.run();
      // Either side may be the first to read the object again.
      for (List<FleetKeys> order : List.of(List.of(asking, keys), List.of(keys, asking))) {
        for (FleetKeys side : order) {
          assertThat(status(ask(asking))).isEqualTo(200);
          nanos.addAndGet(Duration.ofMinutes(6).toNanos());
          clock.advance(Duration.ofMinutes(6));
          side.refresh().join();
          assertThat(status(ask(asking))).isEqualTo(200);
          served += 2;
        }
      }
    }

    assertThat(served).isEqualTo(24);
    assertThat(asking.signing()).contains(next);
    assertThat(status(check(gate, request(old)))).isEqualTo(401);
  }

  @Test
  void aKeyThatIsNewToThisHostIsReadAtItsFirstSignature() {
    put(next);
    nanos.addAndGet(Duration.ofSeconds(11).toNanos());

    assertThat(status(check(gate, request(next)))).isEqualTo(200);
  }

  @Test
  void wrongSignaturesDoNotHaveTheArchiveReadEachTime() {
    AtomicLong reads = new AtomicLong();
    MemoryArchive counted = new MemoryArchive(reads::incrementAndGet);
    FleetKeys few = new FleetKeys(counted, nanos::get, Patience.LIMIT, new Telemetry(clock));
    few.refresh().join();
    long before = reads.get();
    PeerGate guarded = new PeerGate(SELF, few, clocks(), nanos::get);
    nanos.addAndGet(Duration.ofSeconds(11).toNanos());

    for (int i = 0; i < 100; i++) {
      assertThat(status(check(guarded, request(FleetKey.random())))).isEqualTo(401);
    }

    assertThat(reads.get() - before).isEqualTo(1);
  }

  private ClockCheck clocks() {
    return new Telemetry(clock).clocks();
  }

  private Verdict ask(FleetKeys asking) {
    return check(gate, request(asking.signing().orElseThrow()));
  }

  private PeerSignature.Request request(FleetKey key) {
    return PeerSignature.Request.signed(key, "GET", PATH, SELF, clock.millis());
  }

  private static Verdict check(PeerGate gate, PeerSignature.Request request) {
    return gate.check("GET", PATH, request.header());
  }

  private static int status(Verdict verdict) {
    return verdict instanceof Verdict.Refused refused ? refused.status() : 200;
  }

  private void put(FleetKey... those) {
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(those)));
  }

  private FleetKeys keys() {
    FleetKeys made =
        new FleetKeys(archive, nanos::get, Patience.LIMIT, new Telemetry(() -> Instant.EPOCH));
    made.refresh().join();
    return made;
  }
}
