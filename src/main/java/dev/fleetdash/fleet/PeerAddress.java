package dev.fleetdash.fleet;

import dev.fleetdash.place.AddressBlock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a record says that a host is: {@code 10.0.1.17:8080}, {@code [fd00::17]:8080} or a name
 * with a port. Nothing is believed of it: only an address that it leads to, and that is allowed, is
 * contacted.
 */
record PeerAddress(String host, int port) {
  private static final Pattern TEXT =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.]{2,45})]|([A-Za-z0-9.-]{1,253})):(\\d{1,5})");
  private static final Pattern LITERAL = Pattern.compile("[0-9.]+|.*:.*");

  /** Where EC2 answers for the instance, in a range that is else the site's own. */
  private static final AddressBlock EC2_SERVICES = AddressBlock.parse("fd00:ec2::/32");

  static PeerAddress parse(String text) throws PeerException {
    Matcher match = TEXT.matcher(text);
    if (!match.matches()) {
      throw new PeerException("its record has no address with a port");
    }
    int port = Integer.parseInt(match.group(3));
    if (port == 0 || port > 65_535) {
      throw new PeerException("its record has no address with a port");
    }
    return new PeerAddress(match.group(1) == null ? match.group(2) : match.group(1), port);
  }

  /**
   * The address to contact.
   *
   * @throws PeerException where there is none that may be
   */
  InetAddress resolve(List<AddressBlock> allowed) throws PeerException {
    return Arrays.stream(addresses())
        .filter(address -> permitted(address, allowed))
        .findFirst()
        .orElseThrow(
            () -> new PeerException("its address " + host + " is not among FLEETDASH_PEERS_ALLOW"));
  }

  private InetAddress[] addresses() throws PeerException {
    try {
      return LITERAL.matcher(host).matches()
          ? new InetAddress[] {InetAddress.ofLiteral(host)}
          : InetAddress.getAllByName(host);
    } catch (IllegalArgumentException | UnknownHostException _) {
      throw new PeerException("its address " + host + " leads nowhere");
    }
  }

  /** Some addresses are never a host's, whatever is allowed. */
  static boolean permitted(InetAddress address, List<AddressBlock> allowed) {
    return !address.isAnyLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isMulticastAddress()
        && !EC2_SERVICES.contains(address)
        && allowed.stream().anyMatch(block -> block.contains(address));
  }
}
