package dev.fleetdash.archive;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * An object on its way, and how its answer is told from others: by its CRC32, or by its MD5, which
 * is the etag where nothing is encrypted, and lies beside the object as {@link #METADATA}. Both are
 * against accident, not malice. Immutable.
 */
@SuppressWarnings("ArrayRecordComponent")
record Sent(byte[] bytes, String crc32, byte[] md5) {
  /** The user metadata that holds the MD5, in hex. */
  static final String METADATA = "md5";

  static Sent of(byte[] bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    byte[] crc = ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array();
    return new Sent(bytes, Base64.getEncoder().encodeToString(crc), digest(bytes));
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has MD5", e);
    }
  }

  String md5Hex() {
    return HexFormat.of().formatHex(md5);
  }

  String md5Base64() {
    return Base64.getEncoder().encodeToString(md5);
  }

  /** A proxy that compresses calls an etag weak, which changes nothing here. */
  boolean isEtag(String etag) {
    String plain = etag.startsWith("W/") ? etag.substring(2) : etag;
    return plain.replace("\"", "").equalsIgnoreCase(md5Hex());
  }
}
