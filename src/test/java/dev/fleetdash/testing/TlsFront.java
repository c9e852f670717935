package dev.fleetdash.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * Takes TLS off before a server on the loopback, with a certificate of its own that no machine
 * believes unless it is told to.
 */
public final class TlsFront implements AutoCloseable {
  private static final String PASSWORD = "changeit";

  private final SSLServerSocket server;
  private final Path certificate;
  private final int upstream;

  /**
   * @param directory for key and certificate
   * @param upstream the port that is asked without TLS
   * @param names that the certificate is for
   */
  public TlsFront(Path directory, int upstream, String... names)
      throws IOException, GeneralSecurityException, InterruptedException {
    this.upstream = upstream;
    Path keys = directory.resolve("keys-" + upstream);
    certificate = directory.resolve("certificate-" + upstream + ".pem");
    keytool(
        keys,
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=" + names[0],
        "-ext",
        "san=dns:" + String.join(",dns:", names));
    keytool(keys, "-exportcert", "-rfc", "-file", certificate.toString());
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    Accepting.start(server, this::serve);
  }

  private static void keytool(Path keys, String... more) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    builder.command().addAll(List.of(more));
    builder
        .command()
        .addAll(List.of("-alias", "key", "-keystore", keys.toString(), "-storepass", PASSWORD));
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (Patience.exitCode(process) != 0) {
      throw new IOException(said);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  /** A PEM file with the certificate. */
  public Path certificate() {
    return certificate;
  }

  private void serve(Socket client) {
    try (client;
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
      Thread there = Thread.ofVirtual().start(() -> Accepting.copy(client, plain));
      Accepting.copy(plain, client);
      client.close();
      Patience.join(there);
    } catch (IOException _) {
      // One of both has gone.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
