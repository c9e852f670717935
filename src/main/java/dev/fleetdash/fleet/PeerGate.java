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
  private final Nonces nonces;

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public PeerGate(HostName self, FleetKeys keys, ClockCheck clocks, LongSupplier nanoTime) {
    this.self = self;
    this.keys = keys;
    this.clocks = clocks;
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
    // Last, so that a refusal does not use it up.
    if (!nonces.take(request.nonce())) {
      return new Verdict.Refused(
          403, "replayed", "this request was already here", Optional.empty());
    }
    return new Verdict.Admitted(pass);
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
