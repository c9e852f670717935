package dev.fleetdash.place;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A block of addresses: {@code 10.0.0.0/8}, {@code fc00::/7}, or a single address. Immutable. Names are refused,
 * because what they stand for is somebody else's to say.
 *
 * @param bits of the network that an address has to share
 */
public record AddressBlock(InetAddress network, int bits) {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern BITS = Pattern.compile("\\d{1,3}");

  public AddressBlock {
    if (bits < 0 || bits > network.getAddress().length * Byte.SIZE) {
      throw new IllegalArgumentException("no prefix of " + network.getHostAddress() + ": " + bits);
    }
  }

  /**
   * Reads an address or a block.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    InetAddress network = address(slash < 0 ? text : text.substring(0, slash));
    int most = network.getAddress().length * Byte.SIZE;
    if (slash < 0) {
      return new AddressBlock(network, most);
    }
    String bits = text.substring(slash + 1);
    if (!BITS.matcher(bits).matches() || Integer.parseInt(bits) > most) {
      throw new IllegalArgumentException("'" + text + "' has no prefix length of 0 to " + most + " after its '/'");
    }
    AddressBlock block = new AddressBlock(network, Integer.parseInt(bits));
    InetAddress first = block.first();
    if (!first.equals(network)) {
      throw new IllegalArgumentException("'" + text + "' begins within its block; the block is " + first.getHostAddress() + "/" + bits);
    }
    return block;
  }

  /**
   * Reads an address; nothing is looked up.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static InetAddress address(String text) {
    if (IPV4.matcher(text).matches() || text.indexOf(':') >= 0) {
      try {
        return InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException _) {
        // Says less than the sentence below.
      }
    }
    throw new IllegalArgumentException("'" + text + "' is not an IP address");
  }

  /** Whether the address is in the block. */
  public boolean contains(InetAddress address) {
    byte[] mine = network.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> bit % Byte.SIZE;
      if (((mine[bit / Byte.SIZE] ^ other[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  private InetAddress first() {
    byte[] bytes = network.getAddress();
    for (int bit = bits; bit < bytes.length * Byte.SIZE; bit++) {
      bytes[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return network.getHostAddress() + "/" + bits;
  }
}
