package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.S3Archive;
import dev.fleetdash.archive.S3Connection;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * An S3 of our own in this process, in memory. It verifies signatures, checksums and conditions.
 * {@link #stop} and {@link #start} make an outage: port and objects stay the same; {@link #faults}
 * makes all others. It does no versioning and no encryption.
 */
public final class S3Server implements AutoCloseable {
  public static final String ACCESS_KEY = "test-access-key";
  public static final String SECRET_KEY = "test-secret-key";

  /** Seconds; {@link FaultProxy.Fault.OtherTime} has other clocks, and minds the skew. */
  private static final int MOST_SKEW = Math.toIntExact(Duration.ofDays(365).toSeconds());

  public static final Region REGION = Region.US_EAST_1;

  private final BlobStore store = new TransientNio2BlobStore();
  private final S3Proxy proxy;
  private final FaultProxy faults;

  /** Starts on a free port, with an empty bucket for each of the names. */
  public S3Server(String... buckets) throws IOException {
    this(InetAddress.getLoopbackAddress(), buckets);
  }

  /** Starts on another address of this machine, for clients in networks of their own. */
  S3Server(InetAddress address, String... buckets) throws IOException {
    this(address, false, buckets);
  }

  private S3Server(InetAddress address, boolean ignoreUnknownHeaders, String... buckets)
      throws IOException {
    proxy =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
            .maximumTimeSkew(MOST_SKEW)
            .ignoreUnknownHeaders(ignoreUnknownHeaders)
            .build();
    try {
      proxy.start();
    } catch (Exception e) {
      throw new IllegalStateException("start the S3 server", e);
    }
    faults = FaultProxy.before(proxy.getPort(), address);
    for (String bucket : buckets) {
      store.createContainer(bucket);
    }
  }

  /**
   * The same for other clients than ours, which may ask for what this server does not do: that is
   * not refused, but left out.
   */
  public static S3Server forOthers(String... buckets) throws IOException {
    return new S3Server(InetAddress.getLoopbackAddress(), true, buckets);
  }

  public URI endpoint() {
    return faults.endpoint();
  }

  /** What stands between the clients and this server. */
  public FaultProxy faults() {
    return faults;
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

  /** The way here, with the right credentials. */
  public S3Connection connection() {
    return new S3Connection(
        endpoint(), REGION.id(), ACCESS_KEY, SECRET_KEY, Patience.LIMIT, Patience.LIMIT);
  }

  /** What a process needs in its environment to archive here. */
  public Map<String, String> environment(String location) {
    return Map.of(
        "FLEETDASH_ARCHIVE",
        location,
        "AWS_ENDPOINT_URL_S3",
        endpoint().toString(),
        "AWS_REGION",
        REGION.id(),
        "AWS_ACCESS_KEY_ID",
        ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY",
        SECRET_KEY);
  }

  /** An archive here as a process opens it; the caller closes it. */
  public Archive opened(String location, S3Options options, Telemetry telemetry) {
    return ((ArchiveLocation.InBucket) ArchiveLocation.parse(location))
        .open(connection(), options, telemetry);
  }

  /** An archive here, of which nothing is tried first; the caller closes it. */
  public S3Archive archive(String location, Telemetry telemetry) {
    return new S3Archive(
        (ArchiveLocation.InBucket) ArchiveLocation.parse(location),
        connection(),
        S3Options.DEFAULT,
        telemetry);
  }

  /** From now on connections are refused. */
  public void stop() {
    try {
      faults.refuse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Serves again what was there before {@link #stop}. */
  public void start() {
    try {
      faults.heal();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      faults.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      proxy.stop();
    } catch (Exception e) {
      throw new IllegalStateException("stop the S3 server", e);
    }
    store.close();
  }
}
