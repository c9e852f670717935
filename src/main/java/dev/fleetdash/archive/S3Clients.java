package dev.fleetdash.archive;

import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.telemetry.Requests;
import java.net.URI;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.InstanceProfileRegionProvider;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/** Makes the client: where to, in which region, as whom. */
final class S3Clients {
  private S3Clients() {}

  static S3Client make(S3Connection connection, S3Manner manner, Requests requests)
      throws ArchiveException {
    try {
      return client(connection, manner, requests);
    } catch (RuntimeException e) {
      // Whatever is wrong with a variable or a profile; a bad address comes as a bare one.
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "the settings for S3 cannot be used: "
              + e.getMessage()
              + "; correct the AWS_* variables or the AWS profile",
          e);
    }
  }

  private static S3Client client(S3Connection connection, S3Manner manner, Requests requests)
      throws ArchiveException {
    Optional<Region> configured = configuredRegion(connection);
    Region region = configured.orElse(Region.US_EAST_1);
    S3Client client =
        build(connection, manner, requests, region, manner.pathStyle() == PathStyle.YES);
    Optional<URI> endpoint = client.serviceClientConfiguration().endpointOverride();
    boolean elsewhere = endpoint.filter(S3Clients::foreign).isPresent();
    if (elsewhere && manner.pathStyle() == PathStyle.AUTO) {
      // Other servers seldom have a name for each bucket.
      client.close();
      return build(connection, manner, requests, region, true);
    }
    if (elsewhere || configured.isPresent()) {
      return client;
    }
    client.close();
    return build(
        connection, manner, requests, instanceRegion(), manner.pathStyle() == PathStyle.YES);
  }

  private static S3Client build(
      S3Connection connection,
      S3Manner manner,
      Requests requests,
      Region region,
      boolean pathStyle) {
    S3ClientBuilder builder =
        S3Client.builder()
            .region(region)
            .forcePathStyle(pathStyle)
            .credentialsProvider(credentials(connection))
            // Directory buckets take the plain signature too, without a session to be kept.
            .disableS3ExpressSessionAuth(true)
            // The checksum is a header of ours, so the body can be sent as it is.
            .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
            .httpClientBuilder(defaults ->
                new CountingClient(
                    UrlConnectionHttpClient.builder()
                        .connectionTimeout(connection.attempt())
                        .socketTimeout(connection.attempt())
                        .buildWithDefaults(defaults),
                    requests))
            .overrideConfiguration(
                ClientOverrideConfiguration.builder()
                    .retryStrategy(RetryMode.STANDARD)
                    .apiCallAttemptTimeout(connection.attempt())
                    .apiCallTimeout(connection.call())
                    .build());
    if (!manner.checksums()) {
      builder
          .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
          .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    }
    URI endpoint = connection.endpoint();
    return endpoint == null ? builder.build() : builder.endpointOverride(endpoint).build();
  }

  private static boolean foreign(URI endpoint) {
    String host = endpoint.getHost();
    return host == null || !(host.endsWith(".amazonaws.com") || host.endsWith(".amazonaws.com.cn"));
  }

  private static AwsCredentialsProvider credentials(S3Connection connection) {
    String id = connection.accessKeyId();
    String secret = connection.secretAccessKey();
    return id == null || secret == null
        ? new OwnCredentials()
        : StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret));
  }

  /** Without asking the instance, which takes seconds where there is none. */
  private static Optional<Region> configuredRegion(S3Connection connection) {
    String given = connection.region();
    if (given != null) {
      return Optional.of(Region.of(given));
    }
    try {
      return Optional.ofNullable(
          new AwsRegionProviderChain(
                  new SystemSettingsRegionProvider(), new AwsProfileRegionProvider())
              .getRegion());
    } catch (SdkClientException _) {
      return Optional.empty();
    }
  }

  private static Region instanceRegion() throws ArchiveException {
    try {
      Region region = new InstanceProfileRegionProvider().getRegion();
      if (region != null) {
        return region;
      }
      throw noRegion(null);
    } catch (SdkClientException e) {
      throw noRegion(e);
    }
  }

  private static ArchiveException noRegion(
      @org.jspecify.annotations.Nullable SdkClientException cause) {
    String message = "no AWS region: set AWS_REGION to the bucket's region";
    return cause == null
        ? new ArchiveException(ArchiveException.Kind.REFUSED, message)
        : new ArchiveException(ArchiveException.Kind.REFUSED, message, cause);
  }
}
