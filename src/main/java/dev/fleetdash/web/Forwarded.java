package dev.fleetdash.web;

import dev.fleetdash.place.AddressBlock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
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

  /**
   * The hosts that were asked for, without a port: by whoever is connected, and by whom a proxy
   * names. A proxy passes on what its client made up, so that none of them stands for the others.
   */
  List<String> hosts(Request request) {
    List<String> hosts = new ArrayList<>();
    hosts.add(Request.getServerName(request));
    if (believed(request.getConnectionMetaData())) {
      request.getHeaders().getCSV("X-Forwarded-Host", false).stream()
          .map(Forwarded::withoutPort)
          .forEach(hosts::add);
    }
    return hosts;
  }

  /**
   * Whose request it is, as far as that can be told: the address from which it came to the first
   * proxy that is believed. All of this machine's own requests are different clients, because a
   * proxy that is not told of may be among them.
   */
  Object client(Request request) {
    ConnectionMetaData connection = request.getConnectionMetaData();
    if (!(connection.getRemoteSocketAddress() instanceof InetSocketAddress from)
        || from.getAddress() == null) {
      return request;
    }
    InetAddress client = from.getAddress();
    if (believed(connection)) {
      // Each proxy adds the address of whom it was asked by; the rest is said by strangers.
      for (String by : request.getHeaders().getCSV("X-Forwarded-For", false).reversed()) {
        try {
          client = AddressBlock.address(withoutPort(by).replaceAll("[\\[\\]]", ""));
        } catch (IllegalArgumentException _) {
          break;
        }
        if (!believed(client)) {
          break;
        }
      }
    }
    return client.isLoopbackAddress() ? request : client;
  }

  private boolean believed(ConnectionMetaData connection) {
    return !trusted.isEmpty()
        && connection.getRemoteSocketAddress() instanceof InetSocketAddress from
        && from.getAddress() != null
        && believed(from.getAddress());
  }

  private boolean believed(InetAddress address) {
    return trusted.stream().anyMatch(block -> block.contains(address));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    // An IPv6 address has colons of its own, within brackets.
    boolean plain = host.indexOf(':') == colon;
    boolean port = colon > host.indexOf(']') && (plain || host.startsWith("["));
    return port && colon > 0 ? host.substring(0, colon) : host;
  }
}
