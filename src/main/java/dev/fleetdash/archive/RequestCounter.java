package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Requests;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Counts what S3 bills: every request really sent, retries included, and the bytes of the bodies.
 */
final class RequestCounter implements ExecutionInterceptor {
  private final Requests requests;

  RequestCounter(Requests requests) {
    this.requests = requests;
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    String operation =
        String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
    requests.sent(kind(operation));
    context
        .httpRequest()
        .firstMatchingHeader("Content-Length")
        .ifPresent(length -> requests.sentBytes(Long.parseLong(length)));
  }

  /** As S3 bills them: a HEAD costs what a GET does. */
  private static Requests.Kind kind(String operation) {
    if (operation.startsWith("Put")) {
      return Requests.Kind.PUT;
    }
    return operation.startsWith("List") ? Requests.Kind.LIST : Requests.Kind.GET;
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    return context.responseBody().map(Counting::new);
  }

  private final class Counting extends FilterInputStream {
    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      requests.receivedBytes(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      requests.receivedBytes(Math.max(n, 0));
      return n;
    }
  }
}
