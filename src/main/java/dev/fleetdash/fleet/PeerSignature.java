package dev.fleetdash.fleet;

import dev.fleetdash.sample.HostName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What peers sign, and the headers in which they say so.
 *
 * <p>A request carries {@code Authorization: Fleetdash-1 host=<asked host>,time=<epoch
 * ms>,nonce=<32 hexadecimal digits>,signature=<64>}, an answer {@code Fleetdash-Signature:
 * host=…,time=…,signature=…}. Neither can stand for the other, because what is signed begins with
 * its kind.
 */
final class PeerSignature {
  static final String REQUEST_HEADER = "Authorization";
  static final String ANSWER_HEADER = "Fleetdash-Signature";
  private static final String SCHEME = "Fleetdash-1";
  private static final HexFormat HEX = HexFormat.of();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int NONCE_BYTES = 16;
  private static final Pattern REQUEST =
      Pattern.compile(
          SCHEME
              + " host=([A-Za-z0-9._-]{1,64}),time=(\\d{1,15}),nonce=([0-9a-f]{32}),signature=([0-9a-f]{64})");
  private static final Pattern ANSWER =
      Pattern.compile("host=([A-Za-z0-9._-]{1,64}),time=(\\d{1,15}),signature=([0-9a-f]{64})");

  private PeerSignature() {}

  /**
   * A request as its header says.
   *
   * @param target the host that is asked
   * @param millis the asking host's clock, epoch milliseconds
   * @param nonce different in every request
   */
  record Request(HostName target, long millis, String nonce, String signature) {
    static Request signed(FleetKey key, String method, String path, HostName target, long millis) {
      byte[] random = new byte[NONCE_BYTES];
      RANDOM.nextBytes(random);
      String nonce = HEX.formatHex(random);
      String text = text(method, path, target, millis, nonce);
      return new Request(target, millis, nonce, key.sign(text));
    }

    static Optional<Request> parse(String header) {
      Matcher match = REQUEST.matcher(header);
      if (!match.matches()) {
        return Optional.empty();
      }
      return HostName.parse(match.group(1))
          .map(host ->
              new Request(host, Long.parseLong(match.group(2)), match.group(3), match.group(4)));
    }

    boolean signedWith(FleetKey key, String method, String path) {
      return key.signed(text(method, path, target, millis, nonce), signature);
    }

    String header() {
      return "%s host=%s,time=%d,nonce=%s,signature=%s"
          .formatted(SCHEME, target, millis, nonce, signature);
    }

    /** No request has a body; its place is taken by the digest of nothing. */
    private static String text(
        String method, String path, HostName target, long millis, String nonce) {
      return String.join(
          "\n",
          "fleetdash-request-1",
          method,
          path,
          digest(new byte[0]),
          target.value(),
          Long.toString(millis),
          nonce);
    }
  }

  /**
   * An answer as its header says.
   *
   * @param host who answers
   * @param millis its clock, epoch milliseconds
   */
  record Answer(HostName host, long millis, String signature) {
    static Answer signed(
        FleetKey key, String nonce, int status, byte[] body, HostName host, long millis) {
      return new Answer(host, millis, key.sign(text(nonce, status, body, host, millis)));
    }

    static Optional<Answer> parse(String header) {
      Matcher match = ANSWER.matcher(header);
      if (!match.matches()) {
        return Optional.empty();
      }
      return HostName.parse(match.group(1))
          .map(host -> new Answer(host, Long.parseLong(match.group(2)), match.group(3)));
    }

    boolean signedWith(FleetKey key, String nonce, int status, byte[] body) {
      return key.signed(text(nonce, status, body, host, millis), signature);
    }

    String header() {
      return "host=%s,time=%d,signature=%s".formatted(host, millis, signature);
    }

    private static String text(String nonce, int status, byte[] body, HostName host, long millis) {
      return String.join(
          "\n",
          "fleetdash-answer-1",
          nonce,
          Integer.toString(status),
          digest(body),
          host.value(),
          Long.toString(millis));
    }
  }

  private static String digest(byte[] body) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
