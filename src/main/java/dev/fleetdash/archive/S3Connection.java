package dev.fleetdash.archive;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach S3. What is null is found as every AWS tool finds it: variables, profile, instance.
 *
 * @param endpoint another server than AWS's
 * @param accessKeyId goes with {@code secretAccessKey}
 * @param attempt the longest that one request may take
 * @param call the longest that an operation may take, with its retries
 */
public record S3Connection(
    @Nullable URI endpoint,
    @Nullable String region,
    @Nullable String accessKeyId,
    @Nullable String secretAccessKey,
    Duration attempt,
    Duration call) {
  private static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final Duration CALL = Duration.ofSeconds(30);

  /** Everything as the environment says. */
  public static S3Connection fromEnvironment() {
    return new S3Connection(null, null, null, null, ATTEMPT, CALL);
  }

  /** Likewise, with other bounds. */
  public S3Connection within(Duration attempt, Duration call) {
    return new S3Connection(endpoint, region, accessKeyId, secretAccessKey, attempt, call);
  }

  /** Hides the secret. */
  @Override
  public String toString() {
    return "S3Connection[endpoint="
        + endpoint
        + ", region="
        + region
        + ", accessKeyId="
        + accessKeyId
        + "]";
  }
}
