package dev.fleetdash.archive;

import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.telemetry.Requests;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsProfileRegionProvider;
import software.amazon.awssdk.regions.providers.AwsRegionProviderChain;
import software.amazon.awssdk.regions.providers.InstanceProfileRegionProvider;
import software.amazon.awssdk.regions.providers.SystemSettingsRegionProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.utils.SystemSetting;

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
    adopt(connection.variables());
    AwsNetwork network = AwsNetwork.of(connection.variables());
    Optional<Region> configured = configuredRegion(connection);
    Region region = configured.orElse(Region.US_EAST_1);
    S3Client client =
        build(connection, network, manner, requests, region, manner.pathStyle() == PathStyle.YES);
    Optional<URI> endpoint = client.serviceClientConfiguration().endpointOverride();
    boolean elsewhere = endpoint.filter(S3Clients::foreign).isPresent();
    if (elsewhere && manner.pathStyle() == PathStyle.AUTO) {
      // Other servers seldom have a name for each bucket.
      client.close();
      return build(connection, network, manner, requests, region, true);
    }
    if (elsewhere || configured.isPresent()) {
      return client;
    }
    client.close();
    return build(
        connection,
        network,
        manner,
        requests,
        instanceRegion(),
        manner.pathStyle() == PathStyle.YES);
  }

  private static S3Client build(
      S3Connection connection,
      AwsNetwork network,
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
            .httpClientBuilder(
                _ -> new CountingClient(network.client(connection.attempt()), requests))
            // Its limits are ours; to find others out it would ask the instance.
            .defaultsMode(DefaultsMode.LEGACY)
            .overrideConfiguration(
                ClientOverrideConfiguration.builder()
                    .retryStrategy(
                        RetryMode.resolver().defaultRetryMode(RetryMode.STANDARD).resolve())
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

  /**
   * Has the SDK, in clients that it makes for itself, take what it does not read: a region and a
   * profile by their older names. What is set by the newer ones goes first.
   */
  private static void adopt(Map<String, String> variables) {
    if (variables.isEmpty()) {
      return;
    }
    AwsHttpService.register();
    adopt(SdkSystemSetting.AWS_REGION, variables.get("AWS_DEFAULT_REGION"));
    adopt(ProfileFileSystemSetting.AWS_PROFILE, variables.get("AWS_DEFAULT_PROFILE"));
  }

  private static void adopt(SystemSetting setting, @Nullable String value) {
    if (value != null && !value.isBlank() && setting.getNonDefaultStringValue().isEmpty()) {
      System.setProperty(setting.property(), value.strip());
    }
  }

  private static boolean foreign(URI endpoint) {
    String host = endpoint.getHost();
    return host == null || !(host.endsWith(".amazonaws.com") || host.endsWith(".amazonaws.com.cn"));
  }

  private static AwsCredentialsProvider credentials(S3Connection connection) {
    String id = connection.accessKeyId();
    String secret = connection.secretAccessKey();
    return id == null || secret == null
        ? new OwnCredentials(connection.call())
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

  private static ArchiveException noRegion(@Nullable SdkClientException cause) {
    String message = "no AWS region: set AWS_REGION to the bucket's region";
    return cause == null
        ? new ArchiveException(ArchiveException.Kind.REFUSED, message)
        : new ArchiveException(ArchiveException.Kind.REFUSED, message, cause);
  }
}
