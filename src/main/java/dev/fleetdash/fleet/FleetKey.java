package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A secret of 256 bits that the members of a fleet share. Immutable; never shown. */
final class FleetKey {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 32;
  private static final HexFormat HEX = HexFormat.of();
  private static final Pattern SIGNATURE = Pattern.compile("[0-9a-f]{64}");

  private final byte[] secret;
  private final Mac prepared;

  private FleetKey(byte[] secret) {
    this.secret = secret;
    try {
      prepared = Mac.getInstance(ALGORITHM);
      prepared.init(new SecretKeySpec(secret, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }

  static FleetKey random() {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    return new FleetKey(secret);
  }

  /**
   * Reads 64 hexadecimal digits.
   *
   * @throws IllegalArgumentException without a word of the text
   */
  static FleetKey of(String hex) {
    byte[] secret;
    try {
      secret = HEX.parseHex(hex);
    } catch (IllegalArgumentException _) {
      throw new IllegalArgumentException("a key has other characters than hexadecimal digits");
    }
    if (secret.length != BYTES) {
      throw new IllegalArgumentException("a key has not " + 2 * BYTES + " hexadecimal digits");
    }
    return new FleetKey(secret);
  }

  String hex() {
    return HEX.formatHex(secret);
  }

  /** The text's HMAC, as hexadecimal digits. */
  String sign(String text) {
    return HEX.formatHex(hmac(text));
  }

  /** Takes the same time whatever is wrong with a signature. */
  boolean signed(String text, String signature) {
    return SIGNATURE.matcher(signature).matches()
        && MessageDigest.isEqual(hmac(text), HEX.parseHex(signature));
  }

  private byte[] hmac(String text) {
    try {
      return ((Mac) prepared.clone()).doFinal(text.getBytes(UTF_8));
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FleetKey key && MessageDigest.isEqual(secret, key.secret);
  }

  @Override
  public int hashCode() {
    return java.util.Arrays.hashCode(secret);
  }

  @Override
  public String toString() {
    return "a fleet key";
  }
}
