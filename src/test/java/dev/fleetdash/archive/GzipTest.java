package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class GzipTest {

  @Test
  void whatIsWrittenIsReadByEveryone() throws IOException {
    for (int size : new int[] {0, 1, 16 * 1024, 16 * 1024 + 1, 1_000_000}) {
      byte[] plain = text(size);

      byte[] packed = Gzip.compress(plain);

      assertThat(new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes())
          .isEqualTo(plain);
      assertThat(unpacked(packed)).isEqualTo(plain);
    }
  }

  @Test
  void headerDoesNotTellTimeOrSystem() {
    assertThat(HexFormat.of().formatHex(Gzip.compress(text(1000)), 0, 10))
        .isEqualTo("1f8b08000000000000ff");
  }

  @Test
  void sameBytesInGiveSameBytesOut() {
    assertThat(Gzip.compress(text(100_000))).isEqualTo(Gzip.compress(text(100_000)));
  }

  @Test
  void membersAreReadWhole() throws IOException {
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.write(Gzip.compress("one\n".getBytes(UTF_8)));
    members.write(Gzip.compress(new byte[0]));
    try (GZIPOutputStream foreign = new GZIPOutputStream(members)) {
      foreign.write("two\n".getBytes(UTF_8));
    }

    assertThat(new String(unpacked(members.toByteArray()), UTF_8)).isEqualTo("one\ntwo\n");
  }

  @Test
  void optionalHeaderFieldsArePassedOver() throws IOException {
    byte[] plain = Gzip.compress("x".getBytes(UTF_8));
    ByteArrayOutputStream named = new ByteArrayOutputStream();
    named.write(
        HexFormat.of().parseHex("1f8b081e0000000000ff" + "0200aabb" + "6e00" + "6300" + "0000"));
    named.write(plain, 10, plain.length - 10);

    assertThat(new String(unpacked(named.toByteArray()), UTF_8)).isEqualTo("x");
  }

  @Test
  void everyTruncationIsNoticed() {
    byte[] member = Gzip.compress(text(500));
    byte[] two = Arrays.copyOf(member, member.length * 2);
    System.arraycopy(member, 0, two, member.length, member.length);

    for (int length = 0; length < two.length; length++) {
      if (length != member.length) {
        byte[] cut = Arrays.copyOf(two, length);
        assertThatThrownBy(() -> unpacked(cut))
            .as("%d of %d bytes", length, two.length)
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void everyDamagedByteThatMattersIsNoticed() {
    byte[] packed = Gzip.compress(text(500));

    for (int at = 10; at < packed.length; at++) {
      byte[] damaged = packed.clone();
      damaged[at] ^= 0x10;
      assertThatThrownBy(() -> unpacked(damaged)).as("byte %d", at).isInstanceOf(IOException.class);
    }
  }

  @Test
  void moreThanTheBoundIsRefused() throws IOException {
    byte[] bomb = Gzip.compress(new byte[10_000_000]);

    try (GzipInput in = new GzipInput(bomb, 9_999_999)) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("9999999 bytes");
    }
    try (GzipInput in = new GzipInput(bomb, 10_000_000)) {
      assertThat(in.readAllBytes()).hasSize(10_000_000);
    }
  }

  private static byte[] unpacked(byte[] packed) throws IOException {
    try (GzipInput in = new GzipInput(packed, 100_000_000)) {
      return in.readAllBytes();
    }
  }

  /** Bytes of few kinds, always the same. */
  private static byte[] text(int size) {
    Random random = new Random(size);
    byte[] text = new byte[size];
    for (int i = 0; i < size; i++) {
      text[i] = (byte) ('a' + random.nextInt(8));
    }
    return text;
  }
}
