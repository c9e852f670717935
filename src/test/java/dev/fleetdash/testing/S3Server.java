package dev.fleetdash.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 of our own in this process, over a temporary directory. It verifies signatures, checksums,
 * clock skew and conditions. {@link #stop} and {@link #start} make an outage: port and objects stay
 * the same. Not safe for use by several threads. It does no versioning and no encryption, and its
 * If-Match is not atomic.
 */
public final class S3Server implements AutoCloseable {
  public static final String ACCESS_KEY = "test-access-key";
  public static final String SECRET_KEY = "test-secret-key";
  public static final Region REGION = Region.US_EAST_1;

  private final Path directory;
  private int port;
  private S3Proxy proxy;

  /** Starts on a free port, with an empty bucket for each of the names. */
  public S3Server(String... buckets) throws IOException {
    directory = Files.createTempDirectory("fleetdash-s3-");
    proxy = started();
    port = proxy.getPort();
    try (S3Client client = client()) {
      for (String bucket : buckets) {
        client.createBucket(request -> request.bucket(bucket));
      }
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** A client with the right credentials; the caller closes it. */
  public S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .forcePathStyle(true)
        .region(REGION)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .build();
  }

  /** From now on connections are refused. */
  public void stop() {
    try {
      proxy.stop();
    } catch (Exception e) {
      throw new IllegalStateException("stop the S3 server", e);
    }
  }

  /** Serves again what was there before {@link #stop}. */
  public void start() {
    proxy = started();
  }

  @Override
  public void close() {
    stop();
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private S3Proxy started() {
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(new FilesystemNio2BlobStore(directory.toString()))
            .endpoint(endpoint())
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
            .build();
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("start the S3 server", e);
    }
    return server;
  }
}
