package dev.fleetdash.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;

/**
 * How AWS's hosts are reached: through whom, and which certificates are believed. Immutable.
 *
 * <p>Neither the metadata service nor peers are asked this way.
 */
final class AwsNetwork {
  private static final String CA_BUNDLE = "AWS_CA_BUNDLE";

  private final Proxies proxies;
  private final @Nullable SSLSocketFactory sockets;

  private AwsNetwork(Proxies proxies, @Nullable SSLSocketFactory sockets) {
    this.proxies = proxies;
    this.sockets = sockets;
  }

  /**
   * As the variables say, and the profile where they say nothing.
   *
   * @throws IllegalArgumentException with what is wrong, and the mend
   */
  static AwsNetwork of(Map<String, String> variables) {
    String file = variables.getOrDefault(CA_BUNDLE, "");
    Optional<String> bundle =
        file.isBlank() && !variables.isEmpty() ? ofProfile() : Optional.of(file);
    return new AwsNetwork(
        Proxies.of(variables),
        bundle.filter(name -> !name.isBlank()).map(name -> trusting(Path.of(name))).orElse(null));
  }

  private static Optional<String> ofProfile() {
    try {
      return ProfileFile.defaultProfileFile()
          .profile(ProfileFileSystemSetting.AWS_PROFILE.getStringValueOrThrow())
          .flatMap(profile -> profile.property("ca_bundle"));
    } catch (RuntimeException _) {
      // Whoever needs the profile says so.
      return Optional.empty();
    }
  }

  private static SSLSocketFactory trusting(Path bundle) {
    try (InputStream in = Files.newInputStream(bundle)) {
      KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      int number = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        authorities.setCertificateEntry(String.valueOf(number++), one);
      }
      if (number == 0) {
        throw new IllegalArgumentException(
            "there are no certificates in " + bundle + ", which " + CA_BUNDLE + " names");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(authorities);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the certificates of %s cannot be read: %s%s"
              .formatted(
                  CA_BUNDLE,
                  bundle,
                  e instanceof NoSuchFileException ? " is not there" : ": " + e.getMessage()),
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the certificates in %s, which %s names, make no sense: %s; they have to be PEM"
              .formatted(bundle, CA_BUNDLE, e.getMessage()),
          e);
    }
  }

  /** A client that waits that long for a connection, and for each part of an answer. */
  SdkHttpClient client(Duration patience) {
    return UrlConnectionHttpClient.create(new AwsConnections(proxies, sockets, patience));
  }
}
