package dev.fleetdash.archive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.urlconnection.UrlConnectionFactory;

/**
 * Opens the connections to AWS's hosts. The SDK's own way takes {@code HTTP_PROXY} for hosts with
 * TLS too, and sends a proxy's password to the host behind it.
 */
final class AwsConnections implements UrlConnectionFactory {
  private final Proxies proxies;
  private final @Nullable SSLSocketFactory sockets;
  private final int millis;

  /**
   * @param sockets null for those of the JVM
   * @param patience for the connection, and then for each part of the answer
   */
  AwsConnections(Proxies proxies, @Nullable SSLSocketFactory sockets, Duration patience) {
    this.proxies = proxies;
    this.sockets = sockets;
    this.millis = Math.toIntExact(patience.toMillis());
  }

  @Override
  public HttpURLConnection createConnection(URI uri) {
    try {
      Optional<Proxies.Via> via = proxies.of(uri);
      HttpURLConnection connection = open(uri, via);
      connection.setConnectTimeout(millis);
      connection.setReadTimeout(millis);
      if (connection instanceof HttpsURLConnection secure && sockets != null) {
        secure.setSSLSocketFactory(sockets);
      }
      via.flatMap(Proxies.Via::login).ifPresent(login -> logIn(connection, login));
      return connection;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpURLConnection open(URI uri, Optional<Proxies.Via> via) throws IOException {
    // Without one the JVM's own properties hold, such as https.proxyHost.
    URLConnection connection =
        via.isPresent()
            ? uri.toURL().openConnection(via.get().proxy())
            : uri.toURL().openConnection();
    if (connection instanceof HttpURLConnection http) {
      return http;
    }
    throw new IOException("not an HTTP address: " + uri);
  }

  private static void logIn(HttpURLConnection connection, String login) {
    if (connection instanceof HttpsURLConnection) {
      // A header would go to the host, through the tunnel.
      connection.setAuthenticator(new Once(login));
    } else {
      String encoded = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
      connection.setRequestProperty("Proxy-Authorization", "Basic " + encoded);
    }
  }

  /** Says user and password to the proxy, and not again when they are refused. */
  private static final class Once extends Authenticator {
    private final String login;
    private boolean said;

    Once(String login) {
      this.login = login;
    }

    @Override
    protected @Nullable PasswordAuthentication getPasswordAuthentication() {
      if (said || getRequestorType() != RequestorType.PROXY) {
        return null;
      }
      said = true;
      String[] both = login.split(":", 2);
      return new PasswordAuthentication(both[0], (both.length < 2 ? "" : both[1]).toCharArray());
    }
  }
}
