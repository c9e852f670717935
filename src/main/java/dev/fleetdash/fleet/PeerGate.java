package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.ClockCheck;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets in what a member of the fleet has signed, for this host, now, and once; and signs the
 * answers. Whoever has no key learns nothing. Safe for use by several threads.
 */
public final class PeerGate {
  /** How far two clocks may be apart. */
  static final Duration SKEW = Duration.ofSeconds(30);

  private static final int MOST_NONCES = 1 << 16;

  private final HostName self;
  private final FleetKeys keys;
  private final ClockCheck clocks;
  private final LongSupplier nanoTime;
  private final Nonces nonces;
  private final long startedMillis;
  private final long startedNanos;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public PeerGate(HostName self, FleetKeys keys, ClockCheck clocks, LongSupplier nanoTime) {
    this.self = self;
    this.keys = keys;
    this.clocks = clocks;
    this.nanoTime = nanoTime;
    this.startedMillis = clocks.millis();
    this.startedNanos = nanoTime.getAsLong();
    this.nonces = new Nonces(SKEW.multipliedBy(2), MOST_NONCES, nanoTime);
  }

  /** What becomes of a request. */
  public sealed interface Verdict {
    /** It is answered. */
    record Admitted(Pass pass) implements Verdict {}

    /**
     * It is not.
     *
     * @param pass to sign the refusal with; empty where nobody is known who could check it
     */
    record Refused(int status, String code, String message, Optional<Pass> pass)
        implements Verdict {}
  }

  /** With what the answer to one request is signed. */
  public static final class Pass {
    private final FleetKey key;
    private final String nonce;

    private Pass(FleetKey key, String nonce) {
      this.key = key;
      this.nonce = nonce;
    }
  }

  /**
   * Judges a request without a body.
   *
   * @param path with the query, as it was sent
   * @param authorization the header of that name
   */
  public Verdict check(String method, String path, @Nullable String authorization) {
    Optional<PeerSignature.Request> parsed =
        Optional.ofNullable(authorization).flatMap(PeerSignature.Request::parse);
    if (parsed.isEmpty()) {
      return unknown();
    }
    PeerSignature.Request request = parsed.get();
    Optional<FleetKey> key = key(request, method, path);
    if (key.isEmpty()) {
      return unknown();
    }
    return check(request, new Pass(key.get(), request.nonce()));
  }

  private Verdict check(PeerSignature.Request request, Pass pass) {
    long ahead = request.millis() - clocks.millis();
    if (Math.abs(ahead) > SKEW.toMillis()) {
      return refused(
          "clock_skew", "the clocks are %d s apart".formatted(Math.abs(ahead) / 1000), pass);
    }
    if (!request.target().equals(self)) {
      return refused("other_host", "this is another host", pass);
    }
    if (beforeTheStart(request)) {
      return new Verdict.Refused(
          503,
          "starting",
          "this process is younger than the request; ask again",
          Optional.of(pass));
    }
    // Last, so that a refusal does not use it up.
    return switch (nonces.take(request.nonce())) {
      case NEW -> new Verdict.Admitted(pass);
      case AGAIN ->
          new Verdict.Refused(403, "replayed", "this request was already here", Optional.empty());
      case FULL ->
          new Verdict.Refused(
              503, "busy", "too many requests of members; ask later", Optional.of(pass));
    };
  }

  /**
   * Such a request may have been answered by the process before this one, whose nonces are
   * forgotten. Once all of those are too old by their time, this is not asked any more, so that a
   * clock which is put back keeps nobody out.
   */
  private boolean beforeTheStart(PeerSignature.Request request) {
    return request.millis() < startedMillis
        && nanoTime.getAsLong() - startedNanos < SKEW.multipliedBy(2).toNanos();
  }

  private static Verdict refused(String code, String message, Pass pass) {
    return new Verdict.Refused(403, code, message, Optional.of(pass));
  }

  private static Verdict unknown() {
    return new Verdict.Refused(
        401, "unauthorized", "this path is for members of the fleet", Optional.empty());
  }

  private Optional<FleetKey> key(PeerSignature.Request request, String method, String path) {
    List<FleetKey> tried = keys.accepted();
    Optional<FleetKey> found = find(tried, request, method, path);
    return found.isPresent() || !keys.changedSince(tried)
        ? found
        : find(keys.accepted(), request, method, path);
  }

  private static Optional<FleetKey> find(
      List<FleetKey> keys, PeerSignature.Request request, String method, String path) {
    return keys.stream().filter(key -> request.signedWith(key, method, path)).findFirst();
  }

  /** The name of the header that an answer carries. */
  public String header() {
    return PeerSignature.ANSWER_HEADER;
  }

  /**
   * Its value: who answers, when by its own clock, whatever is known of that, and the signature,
   * made with the key that the request had.
   */
  public String sign(Pass pass, int status, byte[] body) {
    return PeerSignature.Answer.signed(
            pass.key, pass.nonce, status, body, self, clocks.own().toEpochMilli())
        .header();
  }
}
