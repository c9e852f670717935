package dev.fleetdash.place;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Optional;
import java.util.stream.Stream;

/** The address at which others on the same network reach this host. */
public final class OwnAddress {
  private OwnAddress() {}

  /** The first private IPv4 address of an interface that is up; empty where there is none. */
  public static Optional<String> find() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(OwnAddress::reachable)
          .flatMap(NetworkInterface::inetAddresses)
          .flatMap(address -> address instanceof Inet4Address v4 ? Stream.of(v4) : Stream.empty())
          .filter(InetAddress::isSiteLocalAddress)
          .map(InetAddress::getHostAddress)
          .findFirst();
    } catch (SocketException _) {
      return Optional.empty();
    }
  }

  private static boolean reachable(NetworkInterface of) {
    try {
      return of.isUp() && !of.isLoopback() && !of.isVirtual();
    } catch (SocketException _) {
      return false;
    }
  }
}
