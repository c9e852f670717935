package dev.fleetdash.archive;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to reach S3. What is null is found as every AWS tool finds it: variables, profile, instance.
 *
 * @param endpoint another server than AWS's
 * @param accessKeyId goes with {@code secretAccessKey}
 * @param attempt the longest that one request may take
 * @param call the longest that an operation may take, with its retries; and getting credentials
 * @param variables those that say how hosts are reached, such as {@code HTTPS_PROXY}
 */
public record S3Connection(
    @Nullable URI endpoint,
    @Nullable String region,
    @Nullable String accessKeyId,
    @Nullable String secretAccessKey,
    Duration attempt,
    Duration call,
    Map<String, String> variables) {
  static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final Duration CALL = Duration.ofSeconds(30);

  public S3Connection {
    variables = Map.copyOf(variables);
  }

  /** Straight, whatever variables say. */
  public S3Connection(
      @Nullable URI endpoint,
      @Nullable String region,
      @Nullable String accessKeyId,
      @Nullable String secretAccessKey,
      Duration attempt,
      Duration call) {
    this(endpoint, region, accessKeyId, secretAccessKey, attempt, call, Map.of());
  }

  /** Everything as the environment says. */
  public static S3Connection fromEnvironment() {
    return new S3Connection(null, null, null, null, ATTEMPT, CALL, System.getenv());
  }

  /** Likewise, with other bounds. */
  public S3Connection within(Duration attempt, Duration call) {
    return new S3Connection(
        endpoint, region, accessKeyId, secretAccessKey, attempt, call, variables);
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
