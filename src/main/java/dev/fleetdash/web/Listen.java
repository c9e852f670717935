package dev.fleetdash.web;

import dev.fleetdash.place.AddressBlock;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where the server listens, and to whom.
 *
 * @param address a host name or an address
 * @param port 0 for any that is free
 * @param allowedHosts names that a request's Host header may have, without a port. {@code
 *     localhost} and addresses may always: only another name can be made to lead here
 * @param trustedProxies whose forwarded headers count
 */
public record Listen(
    String address, int port, Set<String> allowedHosts, List<AddressBlock> trustedProxies) {
  private static final String LOOPBACK_NAME = "localhost";

  public Listen {
    trustedProxies = List.copyOf(trustedProxies);
    allowedHosts =
        Stream.concat(Stream.of(LOOPBACK_NAME), allowedHosts.stream())
            .map(Listen::canonical)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Believes no proxy. */
  public Listen(String address, int port, Set<String> allowedHosts) {
    this(address, port, allowedHosts, List.of());
  }

  Forwarded forwarded() {
    return new Forwarded(trustedProxies);
  }

  /** The same for more names. */
  public Listen answering(Set<String> names) {
    Set<String> all = new HashSet<>(allowedHosts);
    all.addAll(names);
    return new Listen(address, port, all, trustedProxies);
  }

  boolean allows(String host) {
    String name = canonical(host);
    return allowedHosts.contains(name) || isAddress(name);
  }

  /** Of one machine: what stands for all of them is how a page elsewhere asks this one. */
  private static boolean isAddress(String name) {
    try {
      return !AddressBlock.address(name).isAnyLocalAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Without the brackets of an IPv6 address and without the dot of the DNS root. */
  private static String canonical(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      return name.substring(1, name.length() - 1);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
