package dev.fleetdash.archive;

import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpService;

/**
 * The HTTP client of those clients that the SDK makes for itself, to ask STS and SSO for
 * credentials. It finds this class by its name.
 */
public final class AwsHttpService implements SdkHttpService {
  /** From now on the SDK's own clients have this one. */
  static void register() {
    String property = SdkSystemSetting.SYNC_HTTP_SERVICE_IMPL.property();
    if (System.getProperty(property) == null) {
      System.setProperty(property, AwsHttpService.class.getName());
    }
  }

  @Override
  @SuppressWarnings("rawtypes")
  public SdkHttpClient.Builder createHttpClientBuilder() {
    return (SdkHttpClient.Builder) _ -> AwsNetwork.of(System.getenv()).client(S3Connection.ATTEMPT);
  }
}
