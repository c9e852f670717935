package dev.fleetdash.testing;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/**
 * The DNS of the tests: a store that has a name for each bucket, at the loopback. All other names
 * are looked up as ever.
 */
public final class StoreNames extends InetAddressResolverProvider {
  static final String STORE = "store.test";

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver builtIn = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        return host.equals(STORE) || host.endsWith("." + STORE)
            ? Stream.of(InetAddress.getLoopbackAddress())
            : builtIn.lookupByName(host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return builtIn.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "stores";
  }
}
