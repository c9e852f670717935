package dev.fleetdash.web;

import dev.fleetdash.place.AddressBlock;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where the server listens, and to whom.
 *
 * @param address a host name or an address
 * @param port 0 for any that is free
 * @param allowedHosts names and addresses that a request's Host header may have, without a port;
 *     empty allows all
 * @param trustedProxies whose forwarded headers count
 */
public record Listen(
    String address, int port, Set<String> allowedHosts, List<AddressBlock> trustedProxies) {
  public Listen {
    trustedProxies = List.copyOf(trustedProxies);
    allowedHosts =
        allowedHosts.stream().map(Listen::canonical).collect(Collectors.toUnmodifiableSet());
  }

  /** Believes no proxy. */
  public Listen(String address, int port, Set<String> allowedHosts) {
    this(address, port, allowedHosts, List.of());
  }

  Forwarded forwarded() {
    return new Forwarded(trustedProxies);
  }

  boolean allows(String host) {
    return allowedHosts.isEmpty() || allowedHosts.contains(canonical(host));
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
