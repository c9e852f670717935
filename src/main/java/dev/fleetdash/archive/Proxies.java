package dev.fleetdash.archive;

import dev.fleetdash.place.AddressBlock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Through whom AWS's hosts are asked, as {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code
 * NO_PROXY} say to any AWS tool, in small letters or capitals. Immutable.
 *
 * @param http for endpoints without TLS
 * @param https for those with TLS
 * @param direct names, addresses, blocks of addresses, or {@code *}, that are asked without
 */
record Proxies(Optional<Via> http, Optional<Via> https, List<String> direct) {
  static final Proxies NONE = new Proxies(Optional.empty(), Optional.empty(), List.of());

  private static final int DEFAULT_PORT = 80;

  /**
   * One proxy.
   *
   * @param login user and password with a colon between
   */
  record Via(String host, int port, Optional<String> login) {
    /** It is found by whoever connects, when it does. */
    Proxy proxy() {
      return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
    }

    /** Hides the password. */
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  Proxies {
    direct = List.copyOf(direct);
  }

  /**
   * Reads the variables.
   *
   * @throws IllegalArgumentException with the variable, what is wrong with it, and the mend
   */
  static Proxies of(Map<String, String> variables) {
    return new Proxies(
        via(variables, "HTTP_PROXY"),
        via(variables, "HTTPS_PROXY"),
        Arrays.stream(value(variables, "NO_PROXY").toLowerCase(Locale.ROOT).split("[,\\s]+", -1))
            .map(entry -> entry.replaceFirst("^\\*?\\.", ""))
            .filter(entry -> !entry.isEmpty())
            .toList());
  }

  private static String value(Map<String, String> variables, String name) {
    String small = variables.getOrDefault(name.toLowerCase(Locale.ROOT), "").strip();
    return small.isEmpty() ? variables.getOrDefault(name, "").strip() : small;
  }

  private static Optional<Via> via(Map<String, String> variables, String name) {
    String text = value(variables, name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    URI uri;
    try {
      uri = URI.create(text.contains("://") ? text : "http://" + text);
    } catch (IllegalArgumentException _) {
      // Its message has the password in it.
      throw wrong(name, "is not an address; a password's special characters are written as %40");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw wrong(name, "is not asked by http:// but by " + uri.getScheme() + "://");
    }
    if (uri.getHost() == null) {
      throw wrong(name, "has no host");
    }
    return Optional.of(
        new Via(
            uri.getHost(),
            uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
            Optional.ofNullable(uri.getUserInfo())));
  }

  private static IllegalArgumentException wrong(String name, String why) {
    return new IllegalArgumentException(
        "the proxy of %s %s; set it to http://[user:password@]host:port, or unset it"
            .formatted(name, why));
  }

  /** What to look at where nobody answers, as far as variables choose the way. */
  static String way(Map<String, String> variables) {
    return value(variables, "HTTPS_PROXY").isEmpty() && value(variables, "HTTP_PROXY").isEmpty()
        ? "the network"
        : "the network, the proxy of HTTPS_PROXY or HTTP_PROXY,";
  }

  /** The one for that address; empty where it is asked without. */
  Optional<Via> of(URI uri) {
    Optional<Via> via = "https".equalsIgnoreCase(uri.getScheme()) ? https : http;
    return via.filter(_ -> !isDirect(uri));
  }

  private boolean isDirect(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT).replaceAll("[\\[\\]]", "");
    InetAddress address = address(host);
    return direct.stream()
        .anyMatch(entry ->
            entry.equals("*")
                || entry.equals(host + ":" + port(uri))
                || (address == null
                    ? host.equals(entry) || host.endsWith("." + entry)
                    : holds(entry, address)));
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  private static @Nullable InetAddress address(String host) {
    try {
      return AddressBlock.address(host);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static boolean holds(String entry, InetAddress address) {
    try {
      return AddressBlock.parse(entry.replaceAll("[\\[\\]]", "")).contains(address);
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
