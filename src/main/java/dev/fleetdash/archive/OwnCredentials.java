package dev.fleetdash.archive;

import dev.fleetdash.archive.CredentialsSource.Form;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Who this process is, looked up where AWS's tools do, in their order, when a request is first
 * signed. The first place that is set up is the one. What is wrong there is said, and not passed
 * over for the next, which may be somebody else.
 *
 * <p>When there are none, the cause of what is thrown is a {@link CredentialsFault}. Safe for use
 * by several threads.
 */
final class OwnCredentials implements AwsCredentialsProvider, SdkAutoCloseable {
  private final AtomicReference<@Nullable CredentialsSource> found = new AtomicReference<>();
  private final Bounded<AwsCredentials> asked;
  private final Duration bound;

  /**
   * @param bound the longest that it takes to ask for them, however many are asked
   */
  OwnCredentials(Duration bound) {
    this.bound = bound;
    this.asked = new Bounded<>(bound);
  }

  @Override
  public AwsCredentials resolveCredentials() {
    try {
      return resolve();
    } catch (CredentialsFault e) {
      // The client's interceptors take no type but the SDK's own.
      throw SdkClientException.create(e.why(), e);
    }
  }

  private AwsCredentials resolve() {
    CredentialsSource source = source();
    try {
      return source.form() == Form.KEYS
          ? source.provider().resolveCredentials()
          : asked.get(source.provider()::resolveCredentials);
    } catch (TimeoutException _) {
      throw source.late(bound);
    } catch (AbortedException e) {
      throw e;
    } catch (RuntimeException e) {
      // By the next request something else may be set up, such as another profile.
      if (found.compareAndSet(source, null)) {
        close(source);
      }
      throw source.fault(e);
    }
  }

  private synchronized CredentialsSource source() {
    CredentialsSource source = found.get();
    if (source == null) {
      source = CredentialsSource.find();
      found.set(source);
    }
    return source;
  }

  @Override
  public void close() {
    CredentialsSource source = found.getAndSet(null);
    if (source != null) {
      close(source);
    }
  }

  private static void close(CredentialsSource source) {
    if (source.provider() instanceof SdkAutoCloseable closeable) {
      closeable.close();
    }
  }
}
