package dev.fleetdash.web;

import dev.fleetdash.place.AddressBlock;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/**
 * What a proxy says of the request as its client made it; nobody else is believed.
 *
 * @param trusted the proxies' addresses
 */
record Forwarded(List<AddressBlock> trusted) {
  Forwarded {
    trusted = List.copyOf(trusted);
  }

  /** The host that the client asked for, without a port. */
  String host(Request request) {
    return value(request, "X-Forwarded-Host")
        .map(Forwarded::withoutPort)
        .orElseGet(() -> Request.getServerName(request));
  }

  /** {@code http} or {@code https}, as the client asked. */
  String scheme(Request request) {
    return value(request, "X-Forwarded-Proto")
        .filter(scheme -> scheme.equals("http") || scheme.equals("https"))
        .orElse("http");
  }

  private Optional<String> value(Request request, String name) {
    if (trusted.isEmpty() || !believed(request.getConnectionMetaData())) {
      return Optional.empty();
    }
    // Each proxy adds its own; the first one is the client's.
    return Optional.ofNullable(request.getHeaders().get(name))
        .map(all -> all.split(",", 2)[0].strip())
        .filter(first -> !first.isEmpty());
  }

  private boolean believed(ConnectionMetaData connection) {
    return connection.getRemoteSocketAddress() instanceof InetSocketAddress from
        && from.getAddress() != null
        && trusted.stream().anyMatch(block -> block.contains(from.getAddress()));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    // An IPv6 address has colons of its own, within brackets.
    boolean plain = host.indexOf(':') == colon;
    boolean port = colon > host.indexOf(']') && (plain || host.startsWith("["));
    return port && colon > 0 ? host.substring(0, colon) : host;
  }
}
